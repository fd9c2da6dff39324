-- Reads every row, and lets others read and write meanwhile.
ALTER TABLE customers VALIDATE CONSTRAINT customers_filled;
