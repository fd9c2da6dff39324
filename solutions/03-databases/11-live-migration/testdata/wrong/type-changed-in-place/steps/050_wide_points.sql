-- Wrong: an integer becomes a bigint without any change to what is stored.
--checker:fails TestSteps/who_keeps_others_out_reads_few_rows
--checker:fails TestSteps/no_transaction_writes_more_than_1000_rows
--checker:hint 6
--checker:sign Step 050_wide_points.sql
-- The constraint is proof enough for SET NOT NULL.
ALTER TABLE customers ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE customers DROP CONSTRAINT customers_filled;

ALTER TABLE customers ALTER COLUMN points TYPE bigint;

CREATE OR REPLACE FUNCTION customers_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.name := coalesce(NEW.name, NEW.full_name);
        NEW.full_name := NEW.name;
    ELSIF NEW.name IS NOT DISTINCT FROM OLD.name AND NEW.full_name IS DISTINCT FROM OLD.full_name THEN
        NEW.name := NEW.full_name;
    ELSE
        NEW.full_name := NEW.name;
    END IF;
    RETURN NEW;
END $$;
