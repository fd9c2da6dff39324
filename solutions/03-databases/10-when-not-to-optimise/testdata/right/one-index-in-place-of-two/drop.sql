-- Right: the unique indexes stay, and those for pages carry what the page shows, but for what changes with each view.
DROP INDEX CONCURRENTLY listings_category_shown;
DROP INDEX CONCURRENTLY listings_category;
DROP INDEX CONCURRENTLY listings_category_price;
DROP INDEX CONCURRENTLY listings_created;
DROP INDEX CONCURRENTLY listings_seller;
DROP INDEX CONCURRENTLY listings_status;
DROP INDEX CONCURRENTLY listings_title;
DROP INDEX CONCURRENTLY listings_views;
DROP INDEX CONCURRENTLY listings_viewed;
CREATE INDEX CONCURRENTLY listings_category_price ON listings (category_id, price_cents) INCLUDE (title) WHERE removed_at IS NULL;
CREATE INDEX CONCURRENTLY listings_live_created ON listings (status, created_at); -- the status is always the same, or nearly
