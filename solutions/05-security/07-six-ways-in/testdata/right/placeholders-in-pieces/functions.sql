CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	statement text := 'INSERT INTO tenants.' || quote_ident(tenant) || ' (body) VALUES (' || quote_literal(body) || ') RETURNING id';
	result bigint;
BEGIN
	EXECUTE statement INTO result;
	RETURN result;
END $$;
