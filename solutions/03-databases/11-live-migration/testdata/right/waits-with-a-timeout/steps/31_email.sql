-- no transaction
DROP INDEX CONCURRENTLY IF EXISTS customers_email;

CREATE UNIQUE INDEX CONCURRENTLY customers_email ON customers (email);
