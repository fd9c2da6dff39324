-- Wrong: renaming a column takes a millisecond, so nobody notices.
--checker:fails TestSteps/version_1_works_all_the_time
--checker:fails TestSteps/version_2_works_beside_version_1
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:fails TestSteps/the_tables_refuse_what_they_must
--checker:fails TestSteps/others_pass_while_a_step_waits_for_a_slow_reader
--checker:fails TestSteps/others_pass_while_a_step_waits_for_a_slow_writer
--checker:hint 5
ALTER TABLE customers RENAME COLUMN name TO full_name;
ALTER TABLE customers ADD COLUMN points_wide bigint;

CREATE FUNCTION customers_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.points_wide := NEW.points;
    RETURN NEW;
END $$;

CREATE TRIGGER customers_sync BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_sync();
