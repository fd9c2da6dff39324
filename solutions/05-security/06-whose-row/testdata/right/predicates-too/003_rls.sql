-- The constraints come first: to add a foreign key the server reads the tables, and the policies below refuse that without a tenant.
DROP VIEW project_progress;

ALTER TABLE projects DROP CONSTRAINT projects_slug_key;
CREATE UNIQUE INDEX slug_of_a_tenant ON projects (tenant_id, slug);

ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey;
ALTER TABLE projects DROP CONSTRAINT projects_pkey, ADD PRIMARY KEY (tenant_id, id);
ALTER TABLE tasks ADD CONSTRAINT tasks_project FOREIGN KEY (tenant_id, project_id) REFERENCES projects;

CREATE VIEW project_progress WITH (security_invoker) AS
	SELECT p.tenant_id, p.id AS project_id, p.slug,
		(SELECT count(*) FROM tasks t WHERE t.tenant_id = p.tenant_id AND t.project_id = p.id) AS tasks
	FROM projects p;

-- A policy for each command; without a tenant the setting is missing or '', and either is an error.
DO $$
DECLARE
	tab text;
	own constant text := '(tenant_id = current_setting(''tenancy.id'')::bigint)';
BEGIN
	FOREACH tab IN ARRAY ARRAY['projects', 'tasks'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tab);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tab);
		EXECUTE format('CREATE POLICY reads ON %I FOR SELECT USING %s', tab, own);
		EXECUTE format('CREATE POLICY adds ON %I FOR INSERT WITH CHECK %s', tab, own);
		EXECUTE format('CREATE POLICY changes ON %I FOR UPDATE USING %s WITH CHECK %s', tab, own, own);
		EXECUTE format('CREATE POLICY removes ON %I FOR DELETE USING %s', tab, own);
	END LOOP;
END $$;
