ALTER TABLE customers DROP COLUMN name, DROP COLUMN small_points;
