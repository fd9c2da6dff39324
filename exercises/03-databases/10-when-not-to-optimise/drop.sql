-- Which indexes of listings go?
--
-- The file runs once, as the owner of the database of schema.sql, with its
-- rows in it. Each statement runs on its own, outside a transaction. It may
-- drop indexes of listings, and make others; everything else stays as it is.

-- TODO: DROP INDEX …;
