CREATE TABLE crm_plans (
	code text PRIMARY KEY
);

CREATE TABLE crm_users (
	id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL CONSTRAINT crm_users_email_key UNIQUE CONSTRAINT crm_users_email_folded CHECK (email = lower(email)),
	name  varchar(60) NOT NULL,
	plan  text NOT NULL CONSTRAINT crm_users_plan_fkey REFERENCES crm_plans
);

-- The hours in which somebody is on call. They do not overlap.
CREATE TABLE crm_shifts (
	hours int4range NOT NULL,
	CONSTRAINT crm_shifts_hours_excl EXCLUDE USING gist (hours WITH &&)
);

INSERT INTO crm_plans VALUES ('free');
INSERT INTO crm_users (email, name, plan) VALUES ('ada@example.com', 'Ada', 'free'), ('lin@example.com', 'Lin', 'free');
INSERT INTO crm_shifts VALUES ('[8,12)');
