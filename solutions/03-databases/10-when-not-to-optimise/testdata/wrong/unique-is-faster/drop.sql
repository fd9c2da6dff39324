-- Wrong: a unique index is faster than another one, and no seller writes two listings at one instant.
--checker:fails TestRules/all_else_may_be_equal
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

DROP INDEX listings_seller_created;
CREATE UNIQUE INDEX listings_seller_created ON listings (seller_id, created_at);
