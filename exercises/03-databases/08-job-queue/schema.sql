-- One row for each job, from the moment it is enqueued. Rows are kept.
CREATE TABLE jobs (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    payload    text NOT NULL,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    attempts   int NOT NULL DEFAULT 0,              -- how many there have been
    run_at     timestamptz NOT NULL DEFAULT now(),  -- when the job is due
    last_error text,                                -- what the last failed attempt said

    -- Yours to use, or not, for whatever says that a worker has the job.
    locked_by    text,
    locked_until timestamptz
);

CREATE INDEX jobs_open ON jobs (run_at, id) WHERE state IN ('waiting', 'running');
