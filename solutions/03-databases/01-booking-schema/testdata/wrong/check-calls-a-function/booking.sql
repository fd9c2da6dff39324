-- Wrong: A CHECK can call a function, and a function can look at the other rows.
--checker:fails TestOverlap/two_rows_of_one_statement
--checker:fails TestAtOnce/two_bookings_that_overlap
--checker:fails TestAtOnce/two_bookings_that_move_to_the_same_room
--checker:hint 5

-- A room that is given up keeps its row, because its old bookings point to it.
CREATE TABLE rooms (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT room_has_a_name CHECK (name ~ '[^ ]')
);

-- Live rooms alone compete for a name.
CREATE UNIQUE INDEX rooms_live_name ON rooms (name) WHERE deleted_at IS NULL;

CREATE FUNCTION is_free(booking bigint, room bigint, from_ timestamptz, to_ timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (
        SELECT FROM bookings AS b
        WHERE b.room_id = room AND b.id <> booking AND b.status <> 'cancelled' AND b.starts_at < to_ AND b.ends_at > from_
    ) THEN
        RAISE EXCEPTION 'room % is taken', room USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN true;
END $$;

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
    CONSTRAINT status_is_known CHECK (status IN ('pending', 'confirmed', 'cancelled')),
    CONSTRAINT room_is_free CHECK (status = 'cancelled' OR is_free(id, room_id, starts_at, ends_at))
);

-- For the foreign key, and for a room's calendar.
CREATE INDEX bookings_of_a_room ON bookings (room_id, starts_at);
