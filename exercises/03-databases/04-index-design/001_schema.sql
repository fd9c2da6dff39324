-- The tables of a help desk, as they are. This file stays as it is.

CREATE TABLE customers (
    id    bigint PRIMARY KEY,
    name  text NOT NULL CHECK (length(name) <= 200),
    email text NOT NULL CHECK (length(email) <= 320) -- as the customer has typed it; accounts may share one
);

CREATE TABLE tickets (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers, -- customers are never deleted
    team_id     int NOT NULL,
    opened_at   timestamptz NOT NULL,
    status      text NOT NULL CHECK (status IN ('waiting', 'answered', 'closed')),
    priority    int NOT NULL CHECK (priority BETWEEN 1 AND 3), -- 3 is the most urgent
    minutes     int NOT NULL, -- of work, up to now
    subject     text NOT NULL CHECK (length(subject) <= 10000) -- some customers paste the whole mail
);
