DROP TRIGGER customers_sync ON customers;
DROP FUNCTION customers_sync();
ALTER TABLE customers DROP COLUMN name;
