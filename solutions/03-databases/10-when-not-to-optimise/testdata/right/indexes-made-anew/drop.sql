-- Right: all that are not unique go, by a loop, and four wider ones are made, without locking writers out.
DO $drop$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT indexrelid FROM pg_index WHERE indrelid = 'listings'::regclass AND NOT indisunique LOOP
        EXECUTE format('DROP INDEX %s', name);
    END LOOP;
END
$drop$;

CREATE INDEX CONCURRENTLY cheapest_of_category ON listings (category_id, price_cents, id);
CREATE INDEX CONCURRENTLY newest_of_seller ON listings (seller_id, created_at DESC);
CREATE INDEX CONCURRENTLY newest ON listings (created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY of_import ON listings USING hash (import_id); /* looks for one value; "=" is all that it can */
