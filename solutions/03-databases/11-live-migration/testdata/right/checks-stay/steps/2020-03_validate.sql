ALTER TABLE customers VALIDATE CONSTRAINT full_name_is_there;
ALTER TABLE customers VALIDATE CONSTRAINT points_8_is_there;
