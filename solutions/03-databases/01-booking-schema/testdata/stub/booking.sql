-- The tables of a house with rooms to book.
--
-- This file runs once, on an empty database, as the role that owns it. The program works with the tables as another
-- role, which may read and write rows and nothing else. It never writes an id: the database gives them.
-- What the types and the constraints are is up to you; the names of these columns are not.

CREATE TABLE rooms (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
    -- TODO: name          up to 200 characters
    -- TODO: deleted_at    an instant, or NULL while the room is live
);

CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
    -- TODO: room_id       the room's id
    -- TODO: starts_at     an instant
    -- TODO: ends_at       an instant: the first one at which the room is free again
    -- TODO: price         like 12.50; or, in its place, price_cents like 1250
    -- TODO: status        the text pending, confirmed or cancelled
    -- TODO: created_at    an instant: when the row was made
);
