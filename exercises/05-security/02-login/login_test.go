package login_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/wire"
)

func TestLogin(t *testing.T) {
	t.Run("gives_a_session", func(t *testing.T) {
		s := open(t)
		p := s.start()
		tokens := map[string]bool{}
		verified, hashed := s.work(func() {
			for n := range 6 {
				token := s.succeeds(fmt.Sprintf("The password is right, in login %d in a row.", n+1), kim, p.login("Kim.Lee@Example.org", s.password))
				require.GreaterOrEqualf(t, len(token), 22, "A token has at least 22 characters. This one is %q.", token)
				tokens[token] = true
			}
		})
		require.Len(t, tokens, 6, "tokens of six logins")
		require.Equal(t, []int{6, 0}, []int{verified, hashed}, "calls of Verify and Hash in six logins")
		require.Equal(t, []string{"Kim.Lee@Example.org"}, dbtest.Column[string](s.DB, `SELECT email FROM users WHERE id IN (SELECT user_id FROM sessions)`), "accounts that have a session")
		s.succeeds("The password of another account is right.", "ann@example.org", p.login("ann@example.org", "Ann's password"))
	})
	t.Run("keeps_the_token_as_a_hash", func(t *testing.T) {
		s := open(t)
		token := s.succeeds("The password is right.", kim, s.start().login(kim, s.password))
		require.Equalf(t, []string{fmt.Sprintf("%x", sha256.Sum256([]byte(token)))}, dbtest.Column[string](s.DB, `SELECT encode(token_hash, 'hex') FROM sessions`), "The table sessions holds the SHA-256 of the token's text, which was %q, in hex:", token)
	})
	t.Run("finds_an_address_in_any_letter_case", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for _, email := range []string{kim, strings.ToUpper(kim), "kim.LEE@example.org"} {
			s.succeeds("The password is right; the account was made as Kim.Lee@Example.org.", kim, p.login(email, s.password))
		}
	})
	t.Run("takes_a_password_as_it_is", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for n, password := range []string{" ", " in between ", "UPPER lower", `'"\<&%`, "påss🦊wörd", "pa\u030ass", "a\x00b", strings.Repeat("x", 1024), "0"} {
			email := fmt.Sprintf("user%d@example.org", n)
			s.add(email, "new", password)
			s.succeeds(fmt.Sprintf("The password is %.40q.", password), email, p.login(email, password))
		}
		for n, password := range map[int]string{1: "in between", 2: "upper LOWER", 6: "a", 7: strings.Repeat("x", 1023)} {
			s.fails(fmt.Sprintf("The password %.40q is not quite the right one.", password), p.login(fmt.Sprintf("user%d@example.org", n), password))
		}
	})
	t.Run("does_not_tell_why_the_database_fails", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.Exec(`ALTER TABLE sessions RENAME TO gone`)
		s.refused("The password is right, and the table sessions is gone.", p.login(kim, s.password), 500, 503)
	})
	t.Run("hangs_on_nothing", func(t *testing.T) {
		s := open(t)
		s.maxWait = 200 * time.Millisecond
		p := s.start()
		lock.Hold(t, s.DB, `LOCK TABLE users, sessions, throttles, failures`)
		a := p.SendJSON(t, "POST", "/login", `{"email": "`+kim+`", "password": "`+s.password+`"}`)
		s.refused("Somebody holds a lock on all tables, and cfg.MaxWait is 200 ms.", a, 500, 503)
	})
}

func TestBody(t *testing.T) {
	refuses := func(name string, statuses []int, bodies ...string) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			p := s.start()
			verified, _ := s.work(func() {
				for range 2 {
					for _, body := range bodies {
						body = strings.ReplaceAll(strings.ReplaceAll(body, "KIM", `"email": "`+kim+`"`), "PASSWORD", `"password": "`+s.password+`"`)
						a := p.Send(t, wire.Request{Method: "POST", Path: "/login", Header: []string{"Content-Type: application/json"}, Body: body})
						s.refused("A body "+strings.ReplaceAll(name, "_", " ")+" is no attempt.", a, statuses...)
					}
				}
			})
			require.Zero(t, verified, "What is no attempt is not worth a hash: calls of Verify.")
			s.succeeds("What is no attempt does not count as a failure. The password is right.", kim, p.login(kim, s.password))
		})
	}
	either := []int{400, 422}
	long := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	refuses("that_is_no_login", either, "", "{", "null", "email=kim", `["kim"]`, `{KIM, PASSWORD`, `{KIM, PASSWORD} x`, `{KIM, PASSWORD}]`, `{KIM, "password": 7}`, `{KIM, "password": ["x"]}`,
		"{}", "{KIM}", "{PASSWORD}", `{KIM, "password": ""}`, `{KIM, "password": null}`, `{"email": "", PASSWORD}`)
	refuses("that_is_too_long_for_a_login", either, `{KIM, "password": `+long(1025)+`}`, `{KIM, "password": `+long(10_000)+`}`, `{"email": `+long(255)+`, PASSWORD}`, `{"email": `+long(15_000)+`, PASSWORD}`)
	refuses("that_is_too_large", []int{413}, `{KIM, `+strings.Repeat(" ", 1<<20)+`PASSWORD}`, `{KIM, PASSWORD}`+strings.Repeat(" ", 17_000), `{KIM, "password": `+long(17_000)+`}`)

	t.Run("that_the_database_cannot_hold", func(t *testing.T) {
		s := open(t)
		p := s.start()
		for _, email := range []string{"\x00", kim + "\x00", "\x00" + kim} {
			s.refused("No account has an address with U+0000 in it.", p.login(email, s.password), 400, 401, 422)
		}
	})
}

func TestRehash(t *testing.T) {
	stored := func(s *shop, email string) string {
		return dbtest.Value[string](s.DB, `SELECT password_hash FROM users WHERE email = $1`, email)
	}
	t.Run("after_a_login", func(t *testing.T) {
		s := open(t)
		p := s.start()
		others := `SELECT string_agg(password_hash, ' ' ORDER BY id) FROM users WHERE email <> 'old@example.org'`
		before := dbtest.Value[string](s.DB, others)
		s.succeeds("The password is right.", "old@example.org", p.login("old@example.org", s.password))
		hash := stored(s, "old@example.org")
		require.Truef(t, strings.HasPrefix(hash, "new"), "Verify said that the hash is out of date, and the login was answered. The account has a new hash; here it is %q.", hash)
		require.Equal(t, s.password, s.made[hash], "the password that the new hash was made of")
		require.Equal(t, before, dbtest.Value[string](s.DB, others), "the hashes of all other accounts")
		_, hashed := s.work(func() {
			s.succeeds("The hash was made anew.", "old@example.org", p.login("old@example.org", s.password))
		})
		require.Zero(t, hashed, "The hash is up to date now: calls of Hash in the next login.")
	})
	t.Run("never_with_a_wrong_password", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.fails("The hash is out of date, and the password is wrong.", p.login("old@example.org", "wrong"))
		hash := stored(s, "old@example.org")
		require.Truef(t, strings.HasPrefix(hash, "old"), "The hash is out of date, and the password was wrong. Now the account has the hash %q, of the password %q.", hash, s.made[hash])
	})
	t.Run("that_fails_does_not_stop_the_login", func(t *testing.T) {
		s := open(t)
		p := s.start()
		s.failing = true
		s.succeeds("The password is right; the hash is out of date, and Hash returns an error.", "old@example.org", p.login("old@example.org", s.password))
		require.Regexp(t, "^old", stored(s, "old@example.org"), "Hash returned an error. The hash of the account:")
	})
	t.Run("does_not_undo_a_change_of_the_password", func(t *testing.T) {
		s := open(t)
		p := s.start()
		changed := false
		s.during = func() {
			changed = pgx.BeginFunc(t.Context(), s.Owner(), func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `SET LOCAL lock_timeout = '1s'; UPDATE users SET password_hash = 'changed' WHERE email = 'old@example.org'`)
				return err
			}) == nil // not when the login has locked the account meanwhile, which is right, too
		}
		p.login("old@example.org", s.password)
		if changed {
			require.Equal(t, "changed", stored(s, "old@example.org"), "Somebody changed the password while a login was making a new hash of the old one. The hash of the account afterwards:")
		}
	})
}
