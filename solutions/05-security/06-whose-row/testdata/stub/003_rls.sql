-- This file runs once, after 001_tables.sql and 002_progress.sql, as the role that owns their tables and their view.
-- The tables are empty then. The role is no superuser, and the application's role may read and write
-- rows of every table and view, and call functions, also those that you make here.

-- TODO: yours to write. You may change constraints and make the view anew.
