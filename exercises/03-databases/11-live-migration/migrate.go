// Package livemigration changes the database of a shop while people are using it.
package livemigration

import (
	"context"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

// Migrate runs those steps that have not been run in this database, in the
// order of their names, one after the other. The first line of a step may say
// how it runs:
//
//	-- no transaction   statement by statement; empty lines separate the statements
//	-- in batches       one statement, again and again, each time in its own transaction
//
// All others run in one transaction. A step that fails ends Migrate; the error
// names its file.
func Migrate(ctx context.Context, conn *pgx.Conn, steps fs.FS) error {
	// TODO: run the steps.
	return errors.New("Migrate is not written yet")
}
