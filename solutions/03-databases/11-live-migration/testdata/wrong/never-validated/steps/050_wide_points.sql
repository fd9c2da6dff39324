ALTER TABLE customers DROP COLUMN points;
ALTER TABLE customers RENAME COLUMN points_wide TO points;
ALTER TABLE customers ALTER COLUMN points SET DEFAULT 0;

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
