-- Wrong: NOT VALID holds for every new row, and the old ones have been filled.
--checker:fails TestSteps/the_tables_refuse_what_they_must
--checker:fails TestSteps/a_customer_whom_somebody_is_changing_is_not_left_out
--checker:fails TestSteps/can_be_killed_after_each_statement
--checker:fails TestSteps/can_be_killed_while_an_index_is_built
--checker:hint 6
-- Holds for new rows at once, and looks at no old one.
ALTER TABLE customers ADD CONSTRAINT customers_filled
    CHECK (full_name IS NOT NULL AND points_wide IS NOT NULL) NOT VALID;
