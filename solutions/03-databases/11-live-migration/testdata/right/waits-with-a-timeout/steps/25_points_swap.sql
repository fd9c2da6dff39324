ALTER TABLE customers ALTER big_points SET NOT NULL;
ALTER TABLE customers DROP CONSTRAINT big;
DROP TRIGGER points ON customers;
ALTER TABLE customers RENAME COLUMN points TO small_points;
ALTER TABLE customers RENAME COLUMN big_points TO points;
ALTER TABLE customers ALTER small_points DROP NOT NULL;
