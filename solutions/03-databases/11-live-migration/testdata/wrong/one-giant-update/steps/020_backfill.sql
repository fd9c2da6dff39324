-- Wrong: one UPDATE for the whole table is the fastest way to fill a column.
--checker:fails TestSteps/no_transaction_writes_more_than_1000_rows
--checker:hint 3
UPDATE customers SET full_name = name, points_wide = points;
