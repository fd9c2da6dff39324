CREATE TABLE rooms (name text PRIMARY KEY);

CREATE SEQUENCE booking_ids;

CREATE TABLE booked (
    booking   bigint      NOT NULL,
    who       text        NOT NULL,
    room      text        NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    cancelled boolean     NOT NULL DEFAULT false
);

CREATE INDEX ON booked (room, starts_at);
CREATE INDEX ON booked (booking);
