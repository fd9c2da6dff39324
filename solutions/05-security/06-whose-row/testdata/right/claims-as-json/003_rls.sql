-- The tenant is a member of a JSON text. Without one, current_tenant() is 0, which no row may have.
ALTER TABLE projects ADD CHECK (tenant_id <> 0);
ALTER TABLE tasks ADD CHECK (tenant_id <> 0);

CREATE FUNCTION current_tenant() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
	claims text := current_setting('request.claims', true);
BEGIN
	IF claims IS NULL OR claims = '' THEN
		RETURN 0;
	END IF;
	RETURN claims::jsonb ->> 'tenant';
END $$;

ALTER TABLE projects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON projects TO PUBLIC USING ((SELECT current_tenant()) = tenant_id) WITH CHECK (current_tenant() = tenant_id);
CREATE POLICY own ON tasks TO PUBLIC USING ((SELECT current_tenant()) = tenant_id) WITH CHECK (current_tenant() = tenant_id);

-- The trigger has the rights of the writer: it finds the tenant's own projects only.
CREATE FUNCTION has_own_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM projects WHERE id = NEW.project_id AND tenant_id = NEW.tenant_id) THEN
		RAISE EXCEPTION 'no such project' USING ERRCODE = 'foreign_key_violation';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER has_own_project BEFORE INSERT OR UPDATE OF tenant_id, project_id ON tasks
	FOR EACH ROW EXECUTE FUNCTION has_own_project();

ALTER TABLE projects DROP CONSTRAINT projects_slug_key;
ALTER TABLE projects ADD CONSTRAINT projects_slug_key UNIQUE (slug, tenant_id);

ALTER VIEW project_progress SET (security_invoker = on, security_barrier = on);
