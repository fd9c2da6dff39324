CREATE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE 'INSERT INTO ' || quote_ident('tenants') || '.' || quote_ident($1) || ' (body) SELECT $1 RETURNING id' INTO n USING $2;
	RETURN n;
END $$;

CREATE FUNCTION clear_tenant(tenant text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('DELETE FROM %I.%I', 'tenants', tenant);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

CREATE FUNCTION report_of(asked bigint) RETURNS SETOF items LANGUAGE sql STABLE AS $$
	SELECT i.* FROM items i WHERE i.owner IN (SELECT u.name FROM users u WHERE u.id = asked) ORDER BY i.id
$$;
