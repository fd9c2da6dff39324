-- Wrong: a generated column is filled by the database, so nothing else is needed.
--checker:fails TestSteps/who_keeps_others_out_reads_few_rows
--checker:fails TestSteps/no_transaction_writes_more_than_1000_rows
--checker:fails TestSteps/version_2_works_beside_version_1
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:fails TestSteps/the_tables_refuse_what_they_must
--checker:hint 5
ALTER TABLE customers ADD COLUMN full_name text GENERATED ALWAYS AS (name) STORED, ADD COLUMN points_wide bigint;

CREATE FUNCTION customers_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.points_wide := NEW.points;
    RETURN NEW;
END $$;

CREATE TRIGGER customers_sync BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_sync();
