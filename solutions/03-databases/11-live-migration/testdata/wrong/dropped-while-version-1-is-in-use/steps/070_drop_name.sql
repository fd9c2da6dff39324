-- Wrong: when all names are in the new column, the old one can go.
--checker:fails TestSteps/version_1_works_all_the_time
--checker:fails TestSteps/version_2_works_beside_version_1
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:fails TestSteps/the_tables_refuse_what_they_must
--checker:hint 5
DROP TRIGGER customers_sync ON customers;
DROP FUNCTION customers_sync();
ALTER TABLE customers DROP COLUMN name;
