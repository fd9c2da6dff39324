// Package dbtest gives each test a private PostgreSQL database that it can watch at work.
//
// A test starts with a database and a pool for the code under test:
//
//	db := dbtest.New(t, schema)          // dropped when the test has passed
//	store := NewStore(db.Pool())         // connects as a role without special rights
//	db.Exec(`INSERT INTO …`)             // what the test itself does, as the owner
//	dbtest.Value[int64](db, `SELECT …`)
//
// Four instruments can be put into a pool with [With]. They see what the code
// sends, whatever way it sends it, and need no change to it:
//
//   - [Spy] records statements.
//   - [Gate] makes calls that run at once take their steps together.
//   - [Steps] acts on one numbered round trip: run something after it, or lose its reply.
//   - [Leaks] reports what the code left behind.
//
// The server is the one of $WORKBOOK_DATABASE_URL. Where that is not set, the
// checker's command is asked for one. A test without a server fails with a
// message that begins with "workbook: no database:"; it is never skipped.
package dbtest
