-- The constraint is proof enough for SET NOT NULL, so no row is read while everybody waits.
ALTER TABLE customers ALTER COLUMN full_name SET NOT NULL, ALTER COLUMN points_wide SET NOT NULL;
ALTER TABLE customers DROP CONSTRAINT customers_filled;

ALTER TABLE customers DROP COLUMN points;
ALTER TABLE customers RENAME COLUMN points_wide TO points;
ALTER TABLE customers ALTER COLUMN points SET DEFAULT 0;

CREATE OR REPLACE FUNCTION customers_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.full_name := NEW.name;
    RETURN NEW;
END $$;
