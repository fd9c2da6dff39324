-- in batches
UPDATE customers SET full_name = name, points_wide = points
WHERE id IN (SELECT id FROM customers WHERE full_name = '' AND name <> '' OR points_wide IS NULL LIMIT 500);
