ALTER TABLE customers RENAME COLUMN points_wide TO points;
