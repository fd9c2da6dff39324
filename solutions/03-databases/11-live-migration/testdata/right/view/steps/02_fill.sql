-- in batches
UPDATE customers SET wide = points WHERE id = ANY (ARRAY(SELECT id FROM customers WHERE wide IS NULL LIMIT 1000));
