-- TODO: this works, and can be misused. Repair it.

-- add_note adds a row with this body to the tenant's table, and returns its id.
CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	new_id bigint;
BEGIN
	EXECUTE 'INSERT INTO tenants."' || tenant || '" (body) VALUES (''' || body || ''') RETURNING id' INTO new_id;
	RETURN new_id;
END $$;
