-- Wrong: building an index only reads, so nobody is in the way.
--checker:fails TestSteps/who_keeps_others_out_reads_few_rows
--checker:hint 7
--checker:sign Step 060_unique_email.sql
CREATE UNIQUE INDEX customers_email_key ON customers (email);
