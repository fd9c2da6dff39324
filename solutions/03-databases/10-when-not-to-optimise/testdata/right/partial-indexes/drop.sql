-- Right: one statement drops them all, partial indexes take the place of whole ones, and one transaction has all of it.
BEGIN;
SET LOCAL lock_timeout = '5s';
DROP INDEX listings_seller, listings_category, listings_category_shown, listings_category_price, listings_created,
    listings_import, listings_status, listings_title, listings_views, listings_viewed;
CREATE INDEX listings_import ON listings (import_id) WHERE import_id IS NOT NULL; -- = is never true of NULL
CREATE INDEX listings_newest ON listings (created_at) WHERE status = 'live' AND removed_at IS NULL;
CREATE INDEX listings_cheapest ON listings (category_id, price_cents) WHERE removed_at IS NULL;
COMMIT;
ANALYZE listings;
