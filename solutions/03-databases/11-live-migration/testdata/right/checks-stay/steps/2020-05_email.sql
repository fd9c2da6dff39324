-- no transaction
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('customers_email') AND NOT indisvalid) THEN
        SET LOCAL lock_timeout = '1s';
        DROP INDEX customers_email;
    END IF;
END $$;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_email ON customers (email);
