CREATE TABLE orders (id, item, cents);
