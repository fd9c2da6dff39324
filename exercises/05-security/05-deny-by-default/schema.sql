CREATE TABLE users (
	id   bigint PRIMARY KEY,
	name text NOT NULL
);

CREATE TABLE permissions (
	name text PRIMARY KEY -- such as reports.read
);

CREATE TABLE roles (
	name text PRIMARY KEY,
	rank int NOT NULL -- the order of lists on a page; it permits nothing
);

CREATE TABLE role_permissions (
	role       text REFERENCES roles ON DELETE CASCADE,
	permission text REFERENCES permissions,
	PRIMARY KEY (role, permission)
);

CREATE TABLE user_roles (
	user_id bigint REFERENCES users,
	role    text REFERENCES roles ON DELETE CASCADE,
	PRIMARY KEY (user_id, role)
);
