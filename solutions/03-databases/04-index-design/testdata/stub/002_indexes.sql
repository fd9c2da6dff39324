-- The indexes of the help desk, besides those of the primary keys.
--
-- This file runs once, in one transaction, as the owner of the tables. They are full by then. It creates indexes and
-- does nothing else.

-- TODO: at most three indexes, with which the five queries of queries.go stay within their budgets.
