DROP TRIGGER insert_name ON customers;
DROP TRIGGER name ON customers;
DROP TRIGGER full_name ON customers;
ALTER TABLE customers ALTER name DROP NOT NULL;
