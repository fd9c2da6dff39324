DROP VIEW customers;
ALTER TABLE customers_table RENAME TO customers;
