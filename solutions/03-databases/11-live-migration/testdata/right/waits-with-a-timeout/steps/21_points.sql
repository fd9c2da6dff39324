ALTER TABLE customers ADD COLUMN big_points bigint;
ALTER TABLE customers ALTER COLUMN big_points SET DEFAULT 0;
CREATE FUNCTION customers_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.big_points := NEW.points;
    RETURN NEW;
END $$;
CREATE TRIGGER points BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION customers_points();
