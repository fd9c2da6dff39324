CREATE OR REPLACE FUNCTION add_note(tenant text, body text) RETURNS bigint LANGUAGE plpgsql AS $function$
DECLARE
	id bigint;
BEGIN
	EXECUTE format('INSERT INTO tenants.%I (body) VALUES (%L) RETURNING id', tenant, body) INTO STRICT id;
	RETURN id;
END;
$function$;
