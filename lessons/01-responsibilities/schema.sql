-- snippet: books
CREATE TABLE books (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	title       text NOT NULL,
	cents       int NOT NULL,
	is_featured boolean NOT NULL DEFAULT false -- on the front page
);
-- end snippet

CREATE TABLE reviews (
	id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	book_id bigint NOT NULL REFERENCES books,
	stars   int NOT NULL
);
CREATE INDEX ON reviews (book_id);

CREATE TABLE users (
	id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
