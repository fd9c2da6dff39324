-- Another program writes into these tables: what the shops of all tenants sell,
-- and who visits them. Rows are added and corrected there, at any time.

CREATE TABLE orders (
	id          bigint PRIMARY KEY,
	tenant_id   bigint NOT NULL,
	customer_id bigint NOT NULL,
	placed_at   timestamptz NOT NULL,
	note        text NOT NULL DEFAULT '' -- what the customer wrote: any text
);

CREATE TABLE order_items (
	order_id    bigint NOT NULL REFERENCES orders,
	line        int    NOT NULL,
	quantity    int    NOT NULL,
	price_cents bigint NOT NULL, -- of one
	PRIMARY KEY (order_id, line)
);

CREATE TABLE payments (
	id           bigint PRIMARY KEY,
	order_id     bigint NOT NULL REFERENCES orders,
	amount_cents bigint NOT NULL -- below zero for a refund
);

CREATE TABLE visits (
	id          bigint PRIMARY KEY,
	tenant_id   bigint NOT NULL,
	customer_id bigint NOT NULL,
	visited_at  timestamptz NOT NULL
);
