-- Wrong: UNIQUE (name, deleted_at) keeps the live rooms apart.
--checker:fails TestRooms/of_one_name_can_be_deleted_at_the_same_instant
--checker:fails TestRooms/that_are_live_differ_in_name
--checker:fails TestRooms/that_come_back_differ_in_name
--checker:fails TestAtOnce/two_rooms_of_the_same_name
--checker:hint 7

-- A room that is given up keeps its row, because its old bookings point to it.
CREATE TABLE rooms (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT room_has_a_name CHECK (name ~ '[^ ]')
);

-- Live rooms alone compete for a name.
CREATE UNIQUE INDEX rooms_name ON rooms (name, deleted_at);

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

    -- Ranges without their upper end, so that one booking may begin when another one ends. GiST has no operator class
    -- for a bigint of its own; a range of one id spares us the extension btree_gist.
    CONSTRAINT room_is_free EXCLUDE USING gist (
        int8range(room_id, room_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at, '[)') WITH &&
    ) WHERE (status <> 'cancelled')
);

-- For the foreign key, and for a room's calendar. The index of room_is_free knows no cancelled bookings.
CREATE INDEX bookings_of_a_room ON bookings (room_id, starts_at);
