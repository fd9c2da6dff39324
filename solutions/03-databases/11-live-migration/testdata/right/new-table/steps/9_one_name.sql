DROP TRIGGER customers_names ON customers;
ALTER TABLE customers DROP COLUMN name;
DROP FUNCTION customers_names();
