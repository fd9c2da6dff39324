-- Right: no constraint but the keys: triggers check every row, behind a lock on the whole table.

CREATE TABLE rooms (
    id serial PRIMARY KEY,
    name text,
    deleted_at timestamptz
);

CREATE TABLE bookings (
    id serial PRIMARY KEY,
    room_id integer REFERENCES rooms,
    starts_at timestamptz,
    ends_at timestamptz,
    price numeric DEFAULT NULL,
    status text DEFAULT 'pending',
    created_at timestamptz DEFAULT now()
);
CREATE INDEX ON bookings (room_id);

CREATE FUNCTION check_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE rooms IN SHARE ROW EXCLUSIVE MODE;
    IF coalesce(replace(NEW.name, ' ', ''), '') = '' THEN
        RAISE EXCEPTION 'a room needs a name';
    END IF;
    IF NEW.deleted_at IS NULL AND EXISTS (SELECT FROM rooms WHERE name = NEW.name AND deleted_at IS NULL AND id <> NEW.id) THEN
        RAISE EXCEPTION 'there is a room of this name' USING ERRCODE = '23505';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE bookings IN SHARE ROW EXCLUSIVE MODE;
    IF num_nulls(NEW.room_id, NEW.starts_at, NEW.ends_at, NEW.price, NEW.status, NEW.created_at) > 0 THEN
        RAISE EXCEPTION 'a booking is complete' USING ERRCODE = 'not_null_violation';
    ELSIF NEW.starts_at >= NEW.ends_at OR NOT isfinite(NEW.starts_at) OR NOT isfinite(NEW.ends_at) THEN
        RAISE EXCEPTION 'a booking has a start and a later end';
    ELSIF NEW.price IN ('NaN', 'Infinity') OR NEW.price < 0 OR NEW.price <> round(NEW.price, 2) THEN
        RAISE EXCEPTION 'a price is an amount of money' USING ERRCODE = 'data_exception';
    ELSIF NEW.status NOT IN ('pending', 'confirmed', 'cancelled') THEN
        RAISE EXCEPTION 'a booking has no status %', NEW.status USING ERRCODE = 'check_violation';
    ELSIF NEW.status <> 'cancelled' AND EXISTS (
        SELECT FROM bookings AS b
        WHERE b.room_id = NEW.room_id AND b.id <> NEW.id AND b.status <> 'cancelled'
        AND tstzrange(b.starts_at, b.ends_at) && tstzrange(NEW.starts_at, NEW.ends_at)
    ) THEN
        RAISE EXCEPTION 'the room is taken' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER check_room BEFORE INSERT OR UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION check_room();
CREATE TRIGGER check_booking BEFORE INSERT OR UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION check_booking();
