-- Right: a trigger that locks the room, a table of the statuses, and a domain for prices.

-- A room that is given up keeps its row, because its old bookings point to it.
CREATE TABLE rooms (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT room_has_a_name CHECK (name ~ '[^ ]')
);

-- Live rooms alone compete for a name.
CREATE UNIQUE INDEX rooms_live_name ON rooms (name) WHERE deleted_at IS NULL;

-- A status is a row here.
CREATE TABLE statuses (
    name text PRIMARY KEY
);
INSERT INTO statuses VALUES ('pending'), ('confirmed'), ('cancelled');

CREATE DOMAIN price AS numeric(10, 2) CHECK (VALUE >= 0 AND VALUE <> 'NaN');

CREATE TABLE bookings (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id    bigint NOT NULL REFERENCES rooms ON DELETE RESTRICT,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    price      price NOT NULL,
    status     text NOT NULL DEFAULT 'pending' REFERENCES statuses,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT booking_has_a_length CHECK (starts_at < ends_at),
    CONSTRAINT booking_is_finite CHECK (isfinite(starts_at) AND isfinite(ends_at))
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
        AND b.starts_at < NEW.ends_at AND b.ends_at > NEW.starts_at
    ) THEN
        RAISE EXCEPTION 'room % is taken', NEW.room_id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER room_is_free BEFORE INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION room_is_free();
