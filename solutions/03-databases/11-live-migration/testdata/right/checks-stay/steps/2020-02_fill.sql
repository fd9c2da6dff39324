-- no transaction
DO $$
DECLARE
    last bigint := 0;
BEGIN
    LOOP
        WITH part AS (SELECT id FROM customers WHERE id > last ORDER BY id LIMIT 250),
             filled AS (UPDATE customers c SET full_name = name FROM part WHERE c.id = part.id)
        SELECT max(id) INTO last FROM part;
        COMMIT;
        EXIT WHEN last IS NULL;
    END LOOP;
END $$;
