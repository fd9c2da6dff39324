-- in batches
WITH part AS (SELECT id FROM customers WHERE full_name IS NULL ORDER BY id LIMIT 300 FOR UPDATE)
UPDATE customers c SET full_name = c.name FROM part WHERE part.id = c.id;
