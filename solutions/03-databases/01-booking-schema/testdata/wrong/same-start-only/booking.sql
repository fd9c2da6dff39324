-- Wrong: A unique index on the room and the start keeps two bookings apart.
--checker:fails TestOverlap/the_first_part
--checker:fails TestOverlap/the_last_part
--checker:fails TestOverlap/hours_within
--checker:fails TestOverlap/hours_around
--checker:fails TestOverlap/an_hour_within_a_long_booking
--checker:fails TestOverlap/two_rows_of_one_statement
--checker:fails TestOverlap/a_change_of_hours
--checker:fails TestOverlap/a_move_to_another_room
--checker:fails TestOverlap/a_cancelled_booking_that_comes_back
--checker:fails TestAtOnce/two_bookings_that_overlap
--checker:fails TestAtOnce/two_bookings_that_move_to_the_same_room
--checker:hint 3

-- A room that is given up keeps its row, because its old bookings point to it.
CREATE TABLE rooms (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT room_has_a_name CHECK (name ~ '[^ ]')
);

-- Live rooms alone compete for a name.
CREATE UNIQUE INDEX rooms_live_name ON rooms (name) WHERE deleted_at IS NULL;

CREATE TABLE bookings (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id    bigint NOT NULL REFERENCES rooms ON DELETE RESTRICT,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    price      numeric(9, 2) NOT NULL,
    status     text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT booking_has_a_length CHECK (starts_at < ends_at),
    CONSTRAINT booking_is_finite CHECK (isfinite(starts_at) AND isfinite(ends_at)),
    -- NaN is greater than every other number.
    CONSTRAINT price_is_not_negative CHECK (price >= 0 AND price < 'NaN'),
    CONSTRAINT status_is_known CHECK (status IN ('pending', 'confirmed', 'cancelled'))
);

-- Two bookings cannot begin at the same time; the other index is for the foreign key.
CREATE UNIQUE INDEX room_is_free ON bookings (room_id, starts_at) WHERE status <> 'cancelled';

CREATE INDEX bookings_of_a_room ON bookings (room_id, starts_at);
