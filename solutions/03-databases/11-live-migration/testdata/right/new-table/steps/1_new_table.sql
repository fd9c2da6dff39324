CREATE TABLE customers_new (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email     text NOT NULL UNIQUE,
    name      text,
    full_name text NOT NULL,
    points    bigint NOT NULL DEFAULT 0
);

-- What is written to the old table arrives in the new one.
CREATE FUNCTION customers_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM customers_new WHERE id = OLD.id;
    ELSE
        INSERT INTO customers_new (id, email, name, full_name, points) OVERRIDING SYSTEM VALUE
        VALUES (NEW.id, NEW.email, NEW.name, NEW.name, NEW.points)
        ON CONFLICT (id) DO UPDATE SET email = NEW.email, name = NEW.name, full_name = NEW.name, points = NEW.points;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_copy AFTER INSERT OR UPDATE OR DELETE ON customers
    FOR EACH ROW EXECUTE FUNCTION customers_copy();
