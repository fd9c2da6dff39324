-- in batches
UPDATE customers SET big_points = points
WHERE ctid = ANY (ARRAY(SELECT ctid FROM customers WHERE big_points IS NULL LIMIT 100 FOR UPDATE));
