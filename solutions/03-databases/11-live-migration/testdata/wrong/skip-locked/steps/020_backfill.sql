-- in batches
-- Wrong: SKIP LOCKED keeps batches out of people's way, and what was skipped comes with the next batch.
--checker:fails TestSteps/a_customer_whom_somebody_is_changing_is_not_left_out
--checker:hint 5
UPDATE customers SET full_name = name, points_wide = points
WHERE id IN (SELECT id FROM customers WHERE full_name IS NULL OR points_wide IS NULL LIMIT 500 FOR UPDATE SKIP LOCKED);
