-- Tenants are our customers. Another service keeps them; here they are numbers.
CREATE TABLE projects (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id bigint NOT NULL,
	owner_id  bigint NOT NULL, -- the user who has made the project
	slug      text   NOT NULL UNIQUE,
	name      text   NOT NULL
);

CREATE TABLE tasks (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id  bigint NOT NULL, -- that of the project
	project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
	title      text   NOT NULL
);

CREATE INDEX tasks_of_a_project ON tasks (project_id);
