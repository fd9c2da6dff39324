package livemigration

import (
	"embed"
	"io/fs"
)

// Queries is what one version of the shop sends to the database. The shop
// prepares no statements.
type Queries struct{ Register, Find, Rename, Earn string }

// V1 is the version that people are using now.
var V1 = Queries{
	Register: `INSERT INTO customers (email, name) VALUES ($1, $2) RETURNING id`,
	Find:     `SELECT email, name, points FROM customers WHERE id = $1`,
	Rename:   `UPDATE customers SET name = $2 WHERE id = $1`,
	Earn:     `UPDATE customers SET points = points + $2 WHERE id = $1`,
}

// V2 is the version that is to follow.
var V2 = Queries{
	Register: `INSERT INTO customers (email, full_name) VALUES ($1, $2) RETURNING id`,
	Find:     `SELECT email, full_name, points FROM customers WHERE id = $1`,
	Rename:   `UPDATE customers SET full_name = $2 WHERE id = $1`,
	Earn:     `UPDATE customers SET points = points + $2 WHERE id = $1`,
}

//go:embed steps/*.sql
var folder embed.FS

// Steps returns the files of the folder steps.
func Steps() fs.FS {
	steps, err := fs.Sub(folder, "steps")
	if err != nil {
		panic(err) // the name is a constant
	}
	return steps
}
