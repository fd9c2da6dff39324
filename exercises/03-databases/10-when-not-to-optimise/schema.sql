-- A market place. Sellers put listings into categories; some listings come in by an import of many at once.

CREATE TABLE sellers (
    id   bigint PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE categories (
    id   bigint PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE imports (
    id        bigint PRIMARY KEY,
    file_name text NOT NULL
);

CREATE TABLE listings (
    id          bigint PRIMARY KEY,
    seller_id   bigint NOT NULL REFERENCES sellers,
    category_id bigint NOT NULL REFERENCES categories,
    import_id   bigint REFERENCES imports, -- NULL for one that was typed in
    sku         text NOT NULL,             -- the seller's own number for it
    slug        text NOT NULL,             -- its name in the web address
    title       text NOT NULL,
    description text NOT NULL,
    price_cents bigint NOT NULL,
    status      text NOT NULL,             -- live or blocked
    created_at  timestamptz NOT NULL,
    removed_at  timestamptz,               -- NULL while it is for sale
    views       bigint NOT NULL DEFAULT 0,
    viewed_at   timestamptz
) WITH (fillfactor = 80); -- each page has room for new versions of its rows

-- Thirteen, and the one of the primary key is the fourteenth.
CREATE UNIQUE INDEX listings_slug ON listings (slug);
CREATE UNIQUE INDEX listings_sku ON listings (seller_id, sku) WHERE removed_at IS NULL;
CREATE INDEX listings_seller ON listings (seller_id);
CREATE INDEX listings_seller_created ON listings (seller_id, created_at);
CREATE INDEX listings_category ON listings (category_id);
CREATE INDEX listings_category_price ON listings (category_id, price_cents);
CREATE INDEX listings_category_shown ON listings (category_id, price_cents) INCLUDE (title, views);
CREATE INDEX listings_created ON listings (created_at);
CREATE INDEX listings_import ON listings (import_id);
CREATE INDEX listings_status ON listings (status);
CREATE INDEX listings_title ON listings (lower(title) text_pattern_ops);
CREATE INDEX listings_views ON listings (views);
CREATE INDEX listings_viewed ON listings (viewed_at);
