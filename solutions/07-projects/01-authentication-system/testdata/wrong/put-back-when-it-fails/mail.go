// Wrong: a mail leaves the table when it is taken, and goes back when it cannot be sent.
//checker:fails TestMail/is_sent_when_the_copy_that_had_it_has_died

package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

// pause is how long a mail rests after an attempt that failed.
const pause = time.Minute

// sendLimit is shorter than pause, so that no mail is sent by two copies at once.
const sendLimit = pause / 2

// Run sends mail until ctx ends: what is due when it starts and after each tick.
func (a *App) Run(ctx context.Context) error {
	for {
		if err := a.sendAll(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.ErrorContext(ctx, "send mail", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.cfg.Tick:
		}
	}
}

// sendAll sends what is due. A mail that cannot be sent waits; the others do not
// wait for it.
func (a *App) sendAll(ctx context.Context) error {
	for ctx.Err() == nil {
		letter, mail, err := a.claim(ctx)
		if there, err := found(err); !there {
			return err
		}
		if err := a.sendOne(ctx, letter, mail); err != nil {
			a.cfg.Log.WarnContext(ctx, "send mail", "error", withoutTokens(err))
		}
	}
	return nil
}

// letter is what a mail is for.
type letter struct{ registration, user *int64 }

var tokenInText = regexp.MustCompile(`token=\S+`)

// withoutTokens is what an error says. Mail servers quote the mails that they refuse.
func withoutTokens(err error) string { return tokenInText.ReplaceAllString(err.Error(), "token=…") }

// sendOne puts the mail back when it was not sent.
func (a *App) sendOne(ctx context.Context, l letter, mail Mail) error {
	limited, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	err := a.cfg.Mailer.Send(limited, mail)
	if err != nil {
		_, back := a.pool.Exec(context.WithoutCancel(ctx), `
			INSERT INTO outbox (due_at, registration_id, user_id) VALUES (now() + $1::interval, $2, $3)`, pause, l.registration, l.user)
		err = errors.Join(err, back)
	}
	return err
}

// claim takes a mail that is due out of the table, and makes its text.
// The link is good before the mail leaves.
func (a *App) claim(ctx context.Context) (l letter, mail Mail, err error) {
	err = pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			DELETE FROM outbox
			WHERE id = (SELECT id FROM outbox WHERE due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING registration_id, user_id`).Scan(&l.registration, &l.user)
		if err != nil {
			return err
		}
		if l.user != nil {
			mail, err = a.resetMail(ctx, tx, *l.user)
		} else {
			mail, err = a.registrationMail(ctx, tx, *l.registration)
		}
		return err
	})
	return l, mail, err
}

// registrationMail is a link, or for whoever has an account a notice.
func (a *App) registrationMail(ctx context.Context, tx pgx.Tx, registration int64) (mail Mail, err error) {
	var owner *string
	err = tx.QueryRow(ctx, `
		SELECT r.email, u.email FROM registrations r LEFT JOIN users u ON lower(u.email) = lower(r.email)
		WHERE r.id = $1`, registration).Scan(&mail.To, &owner)
	if err != nil {
		return mail, fmt.Errorf("read registration: %w", err)
	}
	if owner != nil {
		return Mail{*owner, "Somebody wanted to open an account with your address. You have one already.\nIf it was not you, there is nothing to do.\n"}, nil
	}
	token, hash := newToken()
	if _, err := tx.Exec(ctx, `INSERT INTO links (token_hash, registration_id) VALUES ($1, $2)`, hash, registration); err != nil {
		return mail, fmt.Errorf("keep link: %w", err)
	}
	mail.Text = fmt.Sprintf("Welcome! Please confirm your address:\n%s/verify?token=%s\n", a.cfg.BaseURL, token)
	return mail, nil
}
