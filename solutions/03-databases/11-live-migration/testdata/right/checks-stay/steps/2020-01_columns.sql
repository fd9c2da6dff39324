ALTER TABLE customers
    ADD COLUMN full_name text,
    ADD COLUMN points_8 bigint,
    ADD CONSTRAINT full_name_is_there CHECK (full_name IS NOT NULL) NOT VALID,
    ADD CONSTRAINT points_8_is_there CHECK (points_8 IS NOT NULL) NOT VALID;

CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.name := coalesce(NEW.name, NEW.full_name);
    ELSIF OLD.full_name IS NOT NULL AND NEW.full_name IS DISTINCT FROM OLD.full_name THEN
        NEW.name := NEW.full_name;
    END IF;
    NEW.full_name := NEW.name;
    NEW.points_8 := NEW.points;
    RETURN NEW;
END;
$body$;

CREATE TRIGGER follow BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE PROCEDURE follow();
