ALTER TABLE customers ALTER full_name SET NOT NULL;
