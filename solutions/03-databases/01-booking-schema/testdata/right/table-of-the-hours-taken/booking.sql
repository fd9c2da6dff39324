-- Right: a second table has the hours that are taken, and a trigger keeps it.

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

-- One row for each booking that is not cancelled.
CREATE TABLE taken (
    booking_id bigint PRIMARY KEY REFERENCES bookings ON DELETE CASCADE,
    room       int8range NOT NULL,
    hours      tstzrange NOT NULL,
    EXCLUDE USING gist (room WITH &&, hours WITH &&)
);

CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM taken WHERE booking_id = NEW.id;
    IF NEW.status <> 'cancelled' THEN
        INSERT INTO taken VALUES (NEW.id, int8range(NEW.room_id, NEW.room_id, '[]'), tstzrange(NEW.starts_at, NEW.ends_at));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER take AFTER INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION take();
