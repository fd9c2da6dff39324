package auth

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

// pause is how long a mail rests after an attempt that failed. It is also how
// long a copy has a mail to itself.
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
		id, mail, err := a.claim(ctx)
		if there, err := found(err); !there {
			return err
		}
		if err := a.sendOne(ctx, id, mail); err != nil {
			a.cfg.Log.WarnContext(ctx, "send mail", "mail", id, "error", withoutTokens(err))
		}
	}
	return nil
}

var tokenInText = regexp.MustCompile(`token=\S+`)

// withoutTokens is what an error says. Mail servers quote the mails that they refuse.
func withoutTokens(err error) string { return tokenInText.ReplaceAllString(err.Error(), "token=…") }

// sendOne forgets the mail when it was sent. A copy that dies in between has
// sent it, and so will another one.
func (a *App) sendOne(ctx context.Context, id int64, mail Mail) error {
	limited, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	if err := a.cfg.Mailer.Send(limited, mail); err != nil {
		return err
	}
	forget, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendLimit/2)
	defer cancel()
	_, err := a.pool.Exec(forget, `DELETE FROM outbox WHERE id = $1`, id)
	return err
}

// claim takes a mail that is due, for the time of a pause, and makes its text.
// The link is good before the mail leaves.
func (a *App) claim(ctx context.Context) (id int64, mail Mail, err error) {
	err = pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		var registration, user *int64
		err := tx.QueryRow(ctx, `
			UPDATE outbox SET due_at = now() + $1::interval
			WHERE id = (SELECT id FROM outbox WHERE due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING id, registration_id, user_id`, pause).Scan(&id, &registration, &user)
		if err != nil {
			return err
		}
		if user != nil {
			mail, err = a.resetMail(ctx, tx, *user)
		} else {
			mail, err = a.registrationMail(ctx, tx, *registration)
		}
		return err
	})
	return id, mail, err
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
