-- Wrong: the old column is what counts as long as version 1 is in use, so the new one follows it.
--checker:fails TestSteps/version_2_works_beside_version_1
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:fails TestSteps/the_tables_refuse_what_they_must
--checker:hint 5
-- From here on, what one version writes reaches the column of the other.
ALTER TABLE customers ADD COLUMN full_name text, ADD COLUMN points_wide bigint;

CREATE FUNCTION customers_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.full_name := NEW.name;
    NEW.points_wide := NEW.points;
    RETURN NEW;
END $$;

CREATE TRIGGER customers_sync BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_sync();
