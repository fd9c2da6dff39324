-- Wrong: format puts the values in safely.
-- checker:fails TestAddNote/every_text_is_a_body
-- checker:hint 7

-- add_note adds a row with this body to the tenant's table, and returns its id.
CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	new_id bigint;
BEGIN
	EXECUTE format('INSERT INTO tenants.%I (body) VALUES (''%s'') RETURNING id', tenant, body) INTO new_id;
	RETURN new_id;
END $$;
