-- Holds for new rows at once, and looks at no old one.
ALTER TABLE customers ADD CONSTRAINT customers_filled
    CHECK (full_name IS NOT NULL AND points_wide IS NOT NULL) NOT VALID;
