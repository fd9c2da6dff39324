-- Right: an advisory lock for each room, ids that are UUIDs, and domains for everything; an EXCLUDE with = in place of a partial unique index.

CREATE DOMAIN label AS text NOT NULL CHECK (trim(VALUE) <> '');
CREATE DOMAIN instant AS timestamp with time zone CHECK (isfinite(VALUE));
CREATE DOMAIN cents AS bigint NOT NULL CHECK (VALUE >= 0);
CREATE DOMAIN booking_status AS text NOT NULL DEFAULT 'pending' CHECK (VALUE IN ('pending', 'confirmed', 'cancelled'));

CREATE TABLE rooms (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       label,
    deleted_at instant,
    EXCLUDE (name WITH =) WHERE (deleted_at IS NULL)
);

CREATE TABLE bookings (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    room_id     uuid NOT NULL REFERENCES rooms ON DELETE RESTRICT,
    starts_at   instant NOT NULL,
    ends_at     instant NOT NULL,
    price_cents cents,
    status      booking_status,
    created_at  instant NOT NULL DEFAULT statement_timestamp(),
    CHECK (ends_at > starts_at)
);
CREATE INDEX bookings_room ON bookings (room_id, ends_at);

CREATE FUNCTION keep_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.room_id::text, 0));
    PERFORM FROM bookings
        WHERE room_id = NEW.room_id AND status <> 'cancelled' AND id <> NEW.id
        AND (starts_at, ends_at) OVERLAPS (NEW.starts_at, NEW.ends_at);
    IF FOUND THEN
        RAISE 'the room is taken';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_apart AFTER INSERT OR UPDATE ON bookings
    FOR EACH ROW WHEN (NEW.status <> 'cancelled') EXECUTE FUNCTION keep_apart();
