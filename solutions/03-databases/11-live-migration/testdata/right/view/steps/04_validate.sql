ALTER TABLE customers VALIDATE CONSTRAINT wide_is_there;
