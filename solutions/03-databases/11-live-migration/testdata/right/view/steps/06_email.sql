-- no transaction
DROP INDEX CONCURRENTLY IF EXISTS one_email;

CREATE UNIQUE INDEX CONCURRENTLY one_email ON customers (email);
