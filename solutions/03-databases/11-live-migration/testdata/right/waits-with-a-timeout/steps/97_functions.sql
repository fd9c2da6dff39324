DROP FUNCTION customers_insert_name(), customers_name(), customers_full_name(), customers_points();
