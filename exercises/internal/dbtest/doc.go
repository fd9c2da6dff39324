// Package dbtest gives each test a private PostgreSQL database.
//
// A test starts with a database and a pool for the code under test:
//
//	db := dbtest.New(t, schema)          // dropped when the test has passed
//	store := NewStore(db.Pool())         // connects as a role without special rights
//	db.Exec(`INSERT INTO …`)             // what the test itself does, as the owner
//	dbtest.Value[int64](db, `SELECT …`)
//
// Instruments can be put into a pool with [With]. They see what the code sends,
// whatever way it sends it, and need no change to it: package pgtrace records
// statements, package gate makes calls that run at once take their steps
// together, package fault breaks connections.
//
// The server is the one of $WORKBOOK_DATABASE_URL. Where that is not set, the
// checker's command is asked for one. A test without a server fails with a
// message that begins with [NoDatabase]; it is never skipped.
package dbtest
