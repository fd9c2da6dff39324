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
