-- add_note adds a row with this body to the tenant's table, and returns its id.
CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	new_id bigint;
BEGIN
	-- The name is quoted by %I; the value stays a value.
	EXECUTE format('INSERT INTO tenants.%I (body) VALUES ($1) RETURNING id', tenant) INTO new_id USING body;
	RETURN new_id;
END $$;
