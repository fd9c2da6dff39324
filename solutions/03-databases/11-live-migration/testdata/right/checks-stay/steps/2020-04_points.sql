ALTER TABLE customers DROP COLUMN points;
ALTER TABLE customers RENAME COLUMN points_8 TO points;
ALTER TABLE customers ALTER COLUMN points SET DEFAULT 0;
CREATE OR REPLACE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.name := coalesce(NEW.name, NEW.full_name);
    ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name THEN
        NEW.name := NEW.full_name;
    END IF;
    NEW.full_name := NEW.name;
    RETURN NEW;
END;
$body$;
