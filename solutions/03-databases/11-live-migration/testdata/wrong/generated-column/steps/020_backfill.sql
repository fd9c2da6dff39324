-- in batches
UPDATE customers SET points_wide = points
WHERE id IN (SELECT id FROM customers WHERE points_wide IS NULL LIMIT 500);
