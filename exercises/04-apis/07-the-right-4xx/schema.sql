CREATE TABLE products (
	sku   text PRIMARY KEY,
	stock int NOT NULL CHECK (stock >= 0) -- pieces that nobody has ordered
);

CREATE TABLE orders (
	id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL,
	name  text NOT NULL
);

CREATE TABLE order_items (
	order_id bigint REFERENCES orders,
	sku      text REFERENCES products,
	qty      int NOT NULL CHECK (qty BETWEEN 1 AND 99),
	PRIMARY KEY (order_id, sku)
);
