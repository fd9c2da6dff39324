-- Wrong: add_note is called with parameters, so it is safe.
-- checker:fails TestAddNote/SQL_inside_does_nothing
-- checker:fails TestAddNote/every_text_is_a_body
-- checker:fails TestAddNote/every_text_is_a_tenant
-- checker:hint 7

-- add_note adds a row with this body to the tenant's table, and returns its id.
CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	new_id bigint;
BEGIN
	EXECUTE 'INSERT INTO tenants."' || tenant || '" (body) VALUES (''' || body || ''') RETURNING id' INTO new_id;
	RETURN new_id;
END $$;
