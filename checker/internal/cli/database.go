package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"workbook/checker/internal/course"
	"workbook/checker/internal/grade"
	"workbook/checker/internal/pgserver"
	"workbook/checker/internal/progress"
)

// tag names what the tests of this clone create on a server: two clones on one server keep out of each other's way.
func tag(root string) string {
	sum := sha256.Sum256([]byte(root))
	return hex.EncodeToString(sum[:4])
}

// database is the server for one command, or the reason why there is none.
type database struct {
	server *grade.Server
	shown  *grade.Database
	giveUp func() error
}

// acquire gets a server when one of the exercises needs it. That there is none is no error: exercises that need it are
// then unchecked, and say why.
func (a *app) acquire(ctx context.Context, root string, exercises []*course.Exercise) (*database, error) {
	db := &database{giveUp: func() error { return nil }}
	if !slices.ContainsFunc(exercises, func(e *course.Exercise) bool { return slices.Contains(e.Needs, "postgres") }) {
		return db, nil
	}
	opts, err := a.serverOptions(root)
	if err != nil {
		return nil, err
	}
	s, err := pgserver.Acquire(ctx, opts)
	var none *pgserver.UnavailableError
	if errors.As(err, &none) {
		db.shown = &grade.Database{Problem: none.Error()}
		return db, nil
	}
	if err != nil {
		return nil, err
	}
	db.server = &grade.Server{URL: s.URL, Tag: opts.Tag, Alive: s.Alive}
	db.shown = &grade.Database{Source: s.Source, Version: s.Version, Messages: s.Notes}
	// Released also when the command was interrupted: what is on a server of the user's own must go.
	db.giveUp = func() error { return s.Release(context.WithoutCancel(ctx)) }
	return db, nil
}

// why says why there is no server, for the report's exercises.
func (d *database) why() string {
	if d.shown == nil || d.shown.Problem == "" {
		return ""
	}
	return "see above for what was tried and what would help"
}

// workshop is what it takes to run answers outside of a learner's check.
type workshop struct {
	seal, scratch string
	db            *database
}

// inWorkshop calls work with a server, when one of the exercises needs it, and a folder for temporary files, and clears
// both away.
func (a *app) inWorkshop(ctx context.Context, c *course.Course, exercises []*course.Exercise, work func(workshop) error) (err error) {
	log, err := progress.Open(c.Root)
	if err != nil {
		return err
	}
	seal, err := log.Seal()
	if err != nil {
		return err
	}
	db, err := a.acquire(ctx, c.Root, exercises)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.giveUp()) }()
	scratch, remove, err := log.Scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return work(workshop{seal: seal, scratch: scratch, db: db})
}
