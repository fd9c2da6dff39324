-- Wrong: a search_path is the only place where names are looked for.
--checker:fails TestAddNote/every_text_is_a_tenant

-- add_note adds a row with this body to the tenant's table, and returns its id.
CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql
SET search_path = tenants AS $$
DECLARE
	new_id bigint;
BEGIN
	-- The name is quoted by %I; the value stays a value.
	EXECUTE format('INSERT INTO %I (body) VALUES ($1) RETURNING id', tenant) INTO new_id USING body;
	RETURN new_id;
END $$;
