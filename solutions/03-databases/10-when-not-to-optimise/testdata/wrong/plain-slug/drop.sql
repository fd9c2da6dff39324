-- Wrong: an index on slug finds a listing, unique or not.
--checker:fails TestRules/a_slug_comes_once
--checker:fails TestRules/the_slug_of_a_removed_listing_is_not_given_again
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

DROP INDEX listings_slug;
CREATE INDEX listings_slug ON listings (slug);
