-- no transaction
ALTER TABLE customers VALIDATE CONSTRAINT big;
