-- snippet: tickets
CREATE TABLE concerts (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title  text NOT NULL CHECK (title <> ''),
    starts timestamptz NOT NULL
);

CREATE TABLE tickets (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    concert_id bigint NOT NULL REFERENCES concerts,
    seat       int NOT NULL CHECK (seat > 0),
    cents      bigint NOT NULL CHECK (cents >= 0),
    UNIQUE (concert_id, seat)
);
-- end snippet
