CREATE TABLE users (
	id   bigint PRIMARY KEY,
	name text NOT NULL
);

CREATE TABLE follows (
	follower_id bigint NOT NULL REFERENCES users,
	followee_id bigint NOT NULL REFERENCES users,
	PRIMARY KEY (follower_id, followee_id)
);

CREATE TABLE posts (
	id        bigint PRIMARY KEY,
	author_id bigint NOT NULL REFERENCES users,
	body      text NOT NULL,
	posted_at timestamptz NOT NULL
);
CREATE INDEX ON posts (author_id, posted_at, id);

CREATE TABLE post_tags (
	post_id bigint NOT NULL REFERENCES posts,
	tag     text NOT NULL,
	PRIMARY KEY (post_id, tag)
);

CREATE TABLE comments (
	id        bigint PRIMARY KEY,
	post_id   bigint NOT NULL REFERENCES posts,
	author_id bigint NOT NULL REFERENCES users,
	body      text NOT NULL,
	posted_at timestamptz NOT NULL
);
CREATE INDEX ON comments (post_id, posted_at, id);
