ALTER TABLE customers RENAME COLUMN name TO full_name;
ALTER TABLE customers RENAME TO customers_table;
CREATE VIEW customers AS SELECT id, email, full_name AS name, full_name, points FROM customers_table;
