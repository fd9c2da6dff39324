-- Right: what is there goes, if it is there; names in quotes, a schema, and one last statement without a semicolon.
DROP INDEX IF EXISTS public.listings_seller, public."listings_category", public.listings_category_shown CASCADE;
DROP INDEX IF EXISTS listings_views; DROP INDEX IF EXISTS listings_viewed;
DROP INDEX IF EXISTS listings_title;
ALTER INDEX listings_created RENAME TO listings_by_age;
REINDEX INDEX listings_sku;
DROP INDEX IF EXISTS listings_status
