CREATE TABLE books (
	id             bigint PRIMARY KEY,       -- from a generator that several programs share
	title          text NOT NULL,
	author         text,                     -- NULL when nobody knows
	price          numeric(18,2) NOT NULL CHECK (price >= 0),
	published_at   timestamptz NOT NULL,
	purchase_price numeric(18,2) NOT NULL,   -- what the shop pays; stays inside
	editors_note   text NOT NULL             -- stays inside
);
