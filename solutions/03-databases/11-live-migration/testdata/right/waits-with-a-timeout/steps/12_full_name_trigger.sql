CREATE FUNCTION customers_insert_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name := coalesce(NEW.name, NEW.full_name);
    NEW.full_name := coalesce(NEW.full_name, NEW.name);
    RETURN NEW;
END $$;
CREATE FUNCTION customers_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.full_name := NEW.name;
    RETURN NEW;
END $$;
CREATE FUNCTION customers_full_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name := NEW.full_name;
    RETURN NEW;
END $$;
CREATE TRIGGER insert_name BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION customers_insert_name();
CREATE TRIGGER name BEFORE UPDATE OF name ON customers FOR EACH ROW EXECUTE FUNCTION customers_name();
CREATE TRIGGER full_name BEFORE UPDATE OF full_name ON customers FOR EACH ROW EXECUTE FUNCTION customers_full_name();
