DROP TRIGGER widen ON customers;
DROP FUNCTION widen();
ALTER TABLE customers ALTER wide SET NOT NULL, ALTER wide SET DEFAULT 0;
ALTER TABLE customers DROP CONSTRAINT wide_is_there;
ALTER TABLE customers DROP points;
ALTER TABLE customers RENAME wide TO points;
