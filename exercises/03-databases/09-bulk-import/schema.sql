-- One row for each product of the catalogue.
CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- orders and carts refer to it
    external_id text NOT NULL UNIQUE CHECK (length(external_id) BETWEEN 1 AND 50),  -- the supplier's
    name        text NOT NULL,
    price       bigint CHECK (price >= 0)  -- whole cents; NULL: on request
);
