-- Wrong: with removed_at as a column the index needs no condition; NULLS NOT DISTINCT does the rest.
--checker:fails TestRules/two_removed_listings_may_share_a_sku
--checker:hint 3

-- Shorter ones beside longer ones that begin with the same columns.
DROP INDEX CONCURRENTLY listings_seller;
DROP INDEX CONCURRENTLY listings_category;

-- With views or viewed_at in them, even behind INCLUDE, each view of a page writes into every index.
DROP INDEX CONCURRENTLY listings_category_shown;
DROP INDEX CONCURRENTLY listings_views;
DROP INDEX CONCURRENTLY listings_viewed;

-- For statements that are rare, or that want nearly all rows anyway.
DROP INDEX CONCURRENTLY listings_title;
DROP INDEX CONCURRENTLY listings_status;

CREATE UNIQUE INDEX CONCURRENTLY listings_seller_sku ON listings (seller_id, sku, removed_at) NULLS NOT DISTINCT;
DROP INDEX CONCURRENTLY listings_sku;
