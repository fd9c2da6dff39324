package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	sendTimeout = 10 * time.Minute       // shorter than a claim, which is 30 minutes
	sendsAtOnce = 8                      // by one copy
	slowSend    = 200 * time.Millisecond // after that the next mail does not wait any longer
)

// Run sends mail until ctx ends, and then returns nil or ctx's error.
func (a *App) Run(ctx context.Context) error {
	tick := a.cfg.Tick
	for {
		a.sendDue(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, ok := <-tick:
			if !ok {
				tick = nil
			}
		}
	}
}

type claim struct {
	id      int64
	attempt int
	kind    string
	link    *string
	to      string
}

// sendDue sends what is due, one after the other unless the mail server is slow.
func (a *App) sendDue(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, sendsAtOnce)
	for ctx.Err() == nil {
		slots <- struct{}{}
		c, err := a.claim(ctx)
		if err != nil {
			a.failed("cannot look for mail", err)
			return
		}
		if c == nil {
			return
		}
		done := make(chan struct{})
		wg.Go(func() {
			defer func() { <-slots }()
			defer close(done)
			a.send(ctx, c)
		})
		select {
		case <-done:
		case <-time.After(slowSend):
		}
	}
}

// claim takes a mail that is due. If this copy dies, others take it when the claim is over.
func (a *App) claim(ctx context.Context) (*claim, error) {
	var c claim
	err := a.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			UPDATE mails SET due_at = clock_timestamp() + interval '30 minutes', attempt = attempt + 1
			WHERE id = (
				SELECT id FROM mails WHERE due_at <= clock_timestamp()
				ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING id, attempt, kind, link_id::text, recipient`).Scan(&c.id, &c.attempt, &c.kind, &c.link, &c.to)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
}

func (a *App) send(ctx context.Context, c *claim) {
	limited, cancel := context.WithTimeout(ctx, sendTimeout)
	err := a.cfg.Mailer.Send(limited, Mail{To: c.to, Text: a.text(c)})
	cancel()
	note := `DELETE FROM mails WHERE id = $1 AND $2::int > 0`
	if err != nil {
		a.failed("a mail was refused", err)
		note = `UPDATE mails SET due_at = clock_timestamp() + interval '5 minutes' WHERE id = $1 AND attempt = $2`
	}
	for try := range 4 {
		time.Sleep(time.Duration(try) * 200 * time.Millisecond)
		err = a.tx(ctx, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, note, c.id, c.attempt)
			return err
		})
		if err == nil {
			return
		}
	}
	a.failed("cannot note what became of a mail", err)
}

func (a *App) text(c *claim) string {
	switch c.kind {
	case "verify":
		return "Welcome! To open your account follow this link within a day:\n\n" +
			a.cfg.BaseURL + "/verify?token=" + a.linkToken(c.kind, *c.link) +
			"\n\nIf you have not asked for an account, do nothing.\n"
	case "reset":
		return "To choose a new password follow this link within an hour:\n\n" +
			a.cfg.BaseURL + "/reset?token=" + a.linkToken(c.kind, *c.link) +
			"\n\nIf you have not asked for it, do nothing.\n"
	}
	return "Somebody wanted to open an account with your address. You have one already.\n" +
		"If it was you: log in, or ask for a new password.\n"
}
