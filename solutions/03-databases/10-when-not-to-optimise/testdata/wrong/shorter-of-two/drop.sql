-- Wrong: of two indexes that begin alike the shorter one is cheaper, so keep that.
--checker:fails TestWorkload/the_newest_of_a_seller
--checker:hint 1

-- Shorter ones beside longer ones that begin with the same columns.
DROP INDEX CONCURRENTLY listings_seller_created;
DROP INDEX CONCURRENTLY listings_category;

-- With views or viewed_at in them, even behind INCLUDE, each view of a page writes into every index.
DROP INDEX CONCURRENTLY listings_category_shown;
DROP INDEX CONCURRENTLY listings_views;
DROP INDEX CONCURRENTLY listings_viewed;

-- For statements that are rare, or that want nearly all rows anyway.
DROP INDEX CONCURRENTLY listings_title;
DROP INDEX CONCURRENTLY listings_status;
