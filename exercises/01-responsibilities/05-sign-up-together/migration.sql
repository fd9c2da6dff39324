-- Runs once, as the owner, on the table of schema.sql with the rows that it has by then.

-- TODO: what the database must know, so that two people never have the same address or name.
