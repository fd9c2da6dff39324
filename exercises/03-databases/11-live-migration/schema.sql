-- Today no two customers have the same email: version 1 has looked after that, the table does not.
CREATE TABLE customers (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email  text NOT NULL,
    name   text NOT NULL,
    points integer NOT NULL DEFAULT 0
);
