-- Wrong: NOT VALID and VALIDATE lock little, also when they are in the same step.
--checker:fails TestSteps/who_keeps_others_out_reads_few_rows
--checker:hint 6
--checker:sign Step 030_promise.sql
-- Holds for new rows at once, and looks at no old one.
ALTER TABLE customers ADD CONSTRAINT customers_filled
    CHECK (full_name IS NOT NULL AND points_wide IS NOT NULL) NOT VALID;
ALTER TABLE customers VALIDATE CONSTRAINT customers_filled;
