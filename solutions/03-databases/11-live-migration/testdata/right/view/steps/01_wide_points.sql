ALTER TABLE customers ADD COLUMN wide bigint;
CREATE FUNCTION widen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.wide := NEW.points; RETURN NEW; END $$;
CREATE TRIGGER widen BEFORE INSERT OR UPDATE OF points, wide ON customers FOR EACH ROW EXECUTE FUNCTION widen();
