-- Wrong: A new booking is in the way when it starts or ends within another one.
--checker:fails TestOverlap/hours_around
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

-- For the foreign key, and for a room's calendar.
CREATE INDEX bookings_of_a_room ON bookings (room_id, starts_at);

-- Whoever books a room locks its row first, so that others wait and then see the booking.
CREATE FUNCTION room_is_free() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'cancelled' THEN
        RETURN NEW;
    END IF;
    PERFORM FROM rooms WHERE id = NEW.room_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM bookings AS b
        WHERE b.room_id = NEW.room_id AND b.id <> NEW.id AND b.status <> 'cancelled'
        AND (NEW.starts_at >= b.starts_at AND NEW.starts_at < b.ends_at OR NEW.ends_at > b.starts_at AND NEW.ends_at <= b.ends_at)
    ) THEN
        RAISE EXCEPTION 'room % is taken', NEW.room_id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER room_is_free BEFORE INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION room_is_free();
