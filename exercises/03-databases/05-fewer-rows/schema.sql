CREATE TABLE customers (
    id    bigint PRIMARY KEY,
    name  text NOT NULL,
    email text NOT NULL -- as the customer has typed it
);
CREATE INDEX customers_lower_email ON customers (lower(email));

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    placed_at   timestamptz NOT NULL,
    status      text NOT NULL,
    total_cents bigint NOT NULL
);
CREATE INDEX orders_placed ON orders (placed_at, id);
CREATE INDEX orders_of_customer ON orders (customer_id, placed_at, id);

-- Money between two accounts; both may be the same one.
CREATE TABLE transfers (
    id           bigint PRIMARY KEY,
    from_account bigint NOT NULL,
    to_account   bigint NOT NULL,
    made_at      timestamptz NOT NULL,
    cents        bigint NOT NULL
);
CREATE INDEX transfers_from ON transfers (from_account, made_at, id);
CREATE INDEX transfers_to ON transfers (to_account, made_at, id);
