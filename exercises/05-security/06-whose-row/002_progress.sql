-- How many tasks each project has.
CREATE VIEW project_progress AS
	SELECT p.tenant_id, p.id AS project_id, p.slug, count(t.id) AS tasks
	FROM projects p LEFT JOIN tasks t ON t.project_id = p.id
	GROUP BY p.id;
