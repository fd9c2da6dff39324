package dbtest

import (
	"testing"
	"time"
)

var (
	ServerURL = serverURL
)

// set changes a variable for one test.
func set[T any](t *testing.T, variable *T, value T) {
	old := *variable
	*variable = value
	t.Cleanup(func() { *variable = old })
}

func SetURLCommand(t *testing.T, command ...string)     { set(t, &urlCommand, command) }
func SetConnectLimit(t *testing.T, limit time.Duration) { set(t, &connectLimit, limit) }
func SetLeakLimit(t *testing.T, limit time.Duration)    { set(t, &leakLimit, limit) }

// NewOn is New on the server of the given URL, asked for anew.
func NewOn(t testing.TB, url string, schema ...string) *DB {
	s, err := connect(url, "dev")
	return newOn(t, s, err, "the schema", schema)
}

// Template returns the names of a schema's template, ready and under construction.
func (db *DB) Template(schema ...string) (ready, building string) {
	ready = db.server.templateName(schema)
	return ready, buildingName(ready)
}

// Kept is the name that the database gets when the test fails.
func (db *DB) Kept() string { return db.kept }

// Databases lists the server's databases.
func (db *DB) Databases() []string {
	return Column[string](db, `SELECT datname::text FROM pg_database ORDER BY 1`)
}

// NoPatience makes leaks count at once, until the returned function is called.
func NoPatience() (restore func()) {
	old := leakLimit
	leakLimit = 0
	return func() { leakLimit = old }
}
