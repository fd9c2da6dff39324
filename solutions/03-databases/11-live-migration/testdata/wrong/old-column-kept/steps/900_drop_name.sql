-- Wrong: a column that nobody uses does no harm.
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:sign 42703
DROP TRIGGER customers_sync ON customers;
DROP FUNCTION customers_sync();
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;
