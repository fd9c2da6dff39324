-- in batches
INSERT INTO customers_new (id, email, name, full_name, points) OVERRIDING SYSTEM VALUE
SELECT id, email, name, name, points FROM customers c
WHERE NOT EXISTS (SELECT FROM customers_new n WHERE n.id = c.id)
LIMIT 700 ON CONFLICT (id) DO NOTHING;
