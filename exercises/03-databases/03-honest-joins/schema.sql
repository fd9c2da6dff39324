CREATE TABLE customers (
    id   bigint PRIMARY KEY,
    name text NOT NULL -- not unique
);

CREATE TABLE categories (
    id   bigint PRIMARY KEY,
    name text NOT NULL -- not unique
);

CREATE TABLE products (
    id          bigint PRIMARY KEY,
    category_id bigint NOT NULL REFERENCES categories,
    name        text NOT NULL
);

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    customer_id bigint REFERENCES customers, -- NULL: a guest
    placed_at   timestamptz NOT NULL,
    cancelled   boolean NOT NULL DEFAULT false
);

-- What was ordered. An order may have no lines yet, and several lines of one product.
CREATE TABLE order_lines (
    id         bigint PRIMARY KEY,
    order_id   bigint NOT NULL REFERENCES orders,
    product_id bigint NOT NULL REFERENCES products,
    quantity   integer NOT NULL CHECK (quantity > 0),
    unit_cents bigint NOT NULL CHECK (unit_cents >= 0)
);

-- What was paid, in any number of parts. A payment that is not settled is not money yet.
CREATE TABLE payments (
    id       bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    cents    bigint NOT NULL CHECK (cents > 0),
    settled  boolean NOT NULL
);
