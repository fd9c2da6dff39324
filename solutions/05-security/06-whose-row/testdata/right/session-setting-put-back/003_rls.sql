-- What the program may do is open; what it must not is a restrictive policy, so that later policies add nothing to it.
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;

CREATE POLICY open ON projects USING (true);
CREATE POLICY fence ON projects AS RESTRICTIVE USING (tenant_id::text = current_setting('fence.tenant', true));

CREATE POLICY open ON tasks USING (true);
CREATE POLICY fence ON tasks AS RESTRICTIVE USING (tenant_id::text = current_setting('fence.tenant', true));
-- This query is subject to the policies of projects: another tenant's project is none.
CREATE POLICY below ON tasks AS RESTRICTIVE FOR ALL USING (true)
	WITH CHECK (EXISTS (SELECT FROM projects p WHERE p.id = project_id AND p.tenant_id = tasks.tenant_id));

ALTER TABLE projects DROP CONSTRAINT projects_slug_key, ADD EXCLUDE USING btree (tenant_id WITH =, slug WITH =);

CREATE OR REPLACE VIEW project_progress AS
	SELECT p.tenant_id, p.id AS project_id, p.slug, count(t.id) AS tasks
	FROM projects p LEFT JOIN tasks t ON t.project_id = p.id AND t.tenant_id = p.tenant_id
	WHERE p.tenant_id::text = current_setting('fence.tenant', true)
	GROUP BY p.id;
