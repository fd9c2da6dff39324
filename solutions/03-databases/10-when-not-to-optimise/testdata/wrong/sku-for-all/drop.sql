-- Wrong: one unique index for all rows does what the one for some rows does, and more.
--checker:fails TestRules/a_sku_can_be_that_of_a_removed_listing
--checker:fails TestRules/two_removed_listings_may_share_a_sku
--checker:hint 2

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

DROP INDEX listings_sku;
CREATE UNIQUE INDEX listings_sku ON listings (seller_id, sku);
