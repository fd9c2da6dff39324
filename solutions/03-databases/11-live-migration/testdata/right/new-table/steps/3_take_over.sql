LOCK TABLE customers IN ACCESS EXCLUSIVE MODE;
SELECT setval(pg_get_serial_sequence('customers_new', 'id'), nextval(pg_get_serial_sequence('customers', 'id')));
DROP TABLE customers;
DROP FUNCTION customers_copy();
ALTER TABLE customers_new RENAME TO customers;

CREATE FUNCTION customers_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.full_name = coalesce(NEW.full_name, NEW.name);
        NEW.name = NEW.full_name;
    ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name THEN
        NEW.name = NEW.full_name;
    ELSE
        NEW.full_name = NEW.name;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER customers_names BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_names();
