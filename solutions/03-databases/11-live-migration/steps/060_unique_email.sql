-- no transaction
DROP INDEX CONCURRENTLY IF EXISTS customers_email_key;

CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);
