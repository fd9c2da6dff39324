-- Right: the range of a cancelled booking is empty, so that one constraint over all bookings does both: it keeps them apart, and its index serves the foreign key.

BEGIN;

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE rooms (
    id bigserial PRIMARY KEY,
    name text NOT NULL CHECK (name ~ '\S' AND length(name) <= 200),
    deleted_at timestamptz
);
CREATE UNIQUE INDEX ON rooms ((CASE WHEN deleted_at IS NULL THEN name END));

CREATE TABLE bookings (
    id bigserial PRIMARY KEY,
    room_id bigint NOT NULL REFERENCES rooms (id) ON UPDATE CASCADE ON DELETE NO ACTION,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    price numeric(12, 2) NOT NULL CHECK (price BETWEEN 0 AND 9999999999),
    status text NOT NULL DEFAULT 'pending' CHECK (status = ANY ('{pending,confirmed,cancelled}')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ('-infinity' < starts_at AND starts_at < ends_at AND ends_at < 'infinity'),
    EXCLUDE USING gist (
        room_id WITH =,
        (CASE status WHEN 'cancelled' THEN 'empty' ELSE tstzrange(starts_at, ends_at) END) WITH &&
    )
);

COMMIT;
