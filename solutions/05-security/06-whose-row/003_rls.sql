-- The tenant of the transaction, or NULL. After a transaction that has set it, the setting is '' and not missing.
CREATE FUNCTION current_tenant() RETURNS bigint LANGUAGE sql STABLE
	RETURN nullif(current_setting('app.tenant', true), '')::bigint;

-- FORCE, because programs may connect as the owner. A policy without WITH CHECK checks new rows by USING too.
ALTER TABLE projects
	ALTER tenant_id SET DEFAULT current_tenant(),
	ENABLE ROW LEVEL SECURITY,
	FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON projects USING (tenant_id = current_tenant());

ALTER TABLE tasks
	ALTER tenant_id SET DEFAULT current_tenant(),
	ENABLE ROW LEVEL SECURITY,
	FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tasks USING (tenant_id = current_tenant());

-- Constraints look at all rows, whatever the policies say. So what they compare has to begin with the tenant:
-- otherwise they tell a tenant what others have.
ALTER TABLE projects
	DROP CONSTRAINT projects_slug_key,
	ADD UNIQUE (tenant_id, slug),
	ADD UNIQUE (tenant_id, id);
ALTER TABLE tasks
	DROP CONSTRAINT tasks_project_id_fkey,
	ADD FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE;

-- Read the tables with the rights, and the policies, of whoever reads the view.
ALTER VIEW project_progress SET (security_invoker = true);
