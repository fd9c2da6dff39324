package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/gate"
	"workbook/exercises/internal/wire"
)

const kim = "kim.lee@mail.example"

// dead are the statuses for a link that is not good.
var dead = []int{400, 401, 403, 404, 409, 410, 422}

func TestRegister(t *testing.T) {
	t.Run("sends_a_link_that_verifies_the_address", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		require.Empty(t, s.to(kim), "Mail is sent by Run, and by nothing else. Run has not run yet, and there is mail:")
		s.deliver()
		require.Len(t, s.to(kim), 1, "mails to an address that was registered once")
		token := s.newest(kim, "/verify")
		s.start("copy B").verifies(token, "The link is new.")
		s.refused(p.verify(token), "The link was used before.", dead...)
	})
	t.Run("says_the_same_when_the_address_is_taken", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		s.deliver()
		p.verifies(s.newest(kim, "/verify"), "The link is new.")
		var free, taken string
		hashedFree, verifiedFree := s.work(func() { free = sent(p.registers("new.one@mail.example", s.password)) })
		for n, email := range []string{kim, strings.ToUpper(kim)} {
			s.deliver()
			s.rest()
			hashed, verified := s.work(func() { taken = sent(p.registers(email, "another password")) })
			require.Equalf(t, free, taken, "%s has an account. The answer is the same as for an address that has none, but for the Date:", email)
			require.Equalf(t, []int{hashedFree, verifiedFree}, []int{hashed, verified}, "calls of Hash and Verify for an address that has no account, and for %s, which has one", email)
			require.Lenf(t, s.to(kim), n+1, "mails to %s before Run looks", kim)
			s.deliver()
			mails := s.to(kim)
			require.Lenf(t, mails, n+2, "The owner of an address that has an account is told when somebody registers %s. So many mails are there:", email)
			require.NotContainsf(t, mails[n+1].Text, "token=", "the mail to somebody who has an account has no link with a token")
		}
	})
	t.Run("again_before_it_is_verified", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		first := sent(p.registers(kim, "the first password"))
		s.deliver()
		require.Equal(t, first, sent(p.registers(strings.ToUpper(kim), s.password)), "The address was registered before, but not verified. The answer is the same, but for the Date:")
		s.deliver()
		require.Len(t, s.to(kim), 2, "mails to an address that was registered twice")
		old := s.token(s.to(kim)[0], "/verify")
		p.verifies(s.newest(kim, "/verify"), "The address was registered twice, and this is the second link.")
		s.refused(p.verify(old), "The address was registered twice, and was verified by the second link. This is the first one.", dead...)
	})
	t.Run("two_at_the_same_time", func(t *testing.T) {
		s := open(t)
		g := gate.New(t, s.DB)
		call := func(p program, email string) func(context.Context) error {
			return func(context.Context) error {
				if a := p.register(email, s.password); a.Status != 202 {
					return fmt.Errorf("the status for %s is %d", email, a.Status)
				}
				return nil
			}
		}
		for _, err := range g.Run(call(s.start("copy A", dbtest.With(g)), kim), call(s.start("copy B", dbtest.With(g)), strings.ToUpper(kim))) {
			require.NoErrorf(t, err, "An address is registered twice at the same time. Both get 202.%s", g.Story())
		}
		s.deliver()
		mails := s.to(kim)
		require.NotEmptyf(t, mails, "mails to the address%s", g.Story())
		good, p := 0, s.start("copy C")
		for _, mail := range mails {
			if strings.Contains(mail.Text, "token=") && p.verify(s.token(mail, "/verify")).Status < 300 {
				good++
			}
		}
		require.Equalf(t, 1, good, "An address was registered twice at the same time, and has one account. Of %d mails, so many had a link that verified the address:%s", len(mails), g.Story())
	})
	t.Run("keeps_no_password", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers(kim, s.password)
		s.hides(s.dump(), "Somebody has registered with this password.", s.password)
		s.deliver()
		p.verifies(s.newest(kim, "/verify"), "The link is new.")
		s.hides(s.dump(), "Somebody has registered with this password, and verified the address.", s.password)
	})
	t.Run("takes_passwords_of_12_to_256_characters", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		for n, password := range []string{strings.Repeat("é", 12), strings.Repeat("x", 256), strings.Repeat("🦊", 256), "            ", "null\x00byte in it"} {
			p.registers(fmt.Sprintf("user%d@mail.example", n), password)
		}
		for _, password := range []string{"", strings.Repeat("é", 11), strings.Repeat("🦊", 6), strings.Repeat("x", 257)} {
			s.refused(p.register(kim, password), fmt.Sprintf("The password has %d characters.", len([]rune(password))), 400, 422)
		}
	})
	t.Run("refuses_what_is_no_address", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		for _, email := range []string{"", "kim", "kim@", "@mail.example", "kim@mail.example\r\nBcc: all@mail.example", "kim@mail.example, ann@mail.example", "kim\x00@mail.example", strings.Repeat("k", 250) + "@mail.example"} {
			s.refused(p.register(email, s.password), fmt.Sprintf("The address is %.60q.", email), 400, 422)
		}
		s.deliver()
		require.Empty(t, s.all(), "mails, when all registrations were refused")
	})
	t.Run("refuses_what_is_no_registration", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		good := `{"email": "` + kim + `", "password": "` + s.password + `"}`
		s.nonsense(p, "/register", []int{400, 422}, `{"email": "`+kim+`"}`, `{"email": 7, "password": "`+s.password+`"}`, strings.TrimSuffix(good, `"}`))
		padding := strings.Repeat(" ", 16<<10-len(good))
		s.refused(p.SendJSON(t, "POST", "/register", padding+" "+good), "The body is a registration of one byte more than 16 KiB.", 413)
		a := p.SendJSON(t, "POST", "/register", padding+good)
		require.Equalf(t, 202, a.Status, "A registration of exactly 16 KiB, most of it spaces, is one like any other.\n%s", a.Story())
	})
}

func TestBreaks(t *testing.T) {
	// atEach breaks something at each statement of a registration.
	atEach := func(name, story string, break_ func(*fault.Steps, int)) {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			steps := fault.NewSteps(t)
			p, other := s.start("copy A", dbtest.With(steps)), s.start("copy B")
			p.registers("rehearsal@mail.example", s.password)
			steps.Count()
			p.registers("rehearsal2@mail.example", s.password)
			for n := range steps.Seen() {
				email := fmt.Sprintf("user%d@mail.example", n)
				break_(steps, n+1)
				a := p.Try(t, p.asks("POST", "/register", members{"email": email, "password": s.password}))
				fault.Kill(t, s.DB, "copy A")
				p.pool.Reset()
				s.deliver()
				at := fmt.Sprintf("%s\n\n\t%s\n\nThe answer's status was %d, and copy A was gone then. ", story, steps.Text(), a.Status)
				kept := a.Status == 202 || strings.Contains(strings.Join(s.dump(), "\n"), email)
				if mails := s.to(email); kept || len(mails) > 0 {
					require.Lenf(t, mails, 1, "%sA registration is kept together with its mail, or leaves nothing. It was kept: %v. Mails that came:", at, kept)
					other.verifies(s.newest(email, "/verify"), at+"Another copy has sent the mail.")
				}
				steps.Count()
				a = p.register("next"+email, s.password)
				require.Equalf(t, 202, a.Status, "%sThe next registration is as good as ever.\n%s", at, a.Story())
			}
		})
	}
	atEach("killed_after_any_statement", "The database ended the session after", (*fault.Steps).Kill)
	atEach("reply_lost_after_any_statement", "The connection broke when the database had done this, and before it could say so:", (*fault.Steps).LoseReply)

	t.Run("the_database_refuses_to_commit", func(t *testing.T) {
		s := open(t)
		p := s.start("copy A")
		p.registers("rehearsal@mail.example", s.password)
		s.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'canary-in-the-database'; END $$`)
		for n, table := range s.tables() {
			s.Exec(fmt.Sprintf(`CREATE CONSTRAINT TRIGGER refuse%d AFTER INSERT OR UPDATE OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`, n, table))
		}
		a := p.register(kim, s.password)
		s.refused(a, "The database refuses every commit.", 500, 503)
		require.NotContains(t, a.Body, "canary", "an answer tells nothing of what the database said")
		s.Exec(`DROP FUNCTION refuse() CASCADE`)
		s.deliver()
		require.Empty(t, s.to(kim), "The database has refused to commit a registration, so nobody is registered, and no mail is sent. Mails:")
	})
	t.Run("the_database_is_gone", func(t *testing.T) {
		s := open(t)
		s.start("copy A").registers(kim, s.password)
		s.deliver()
		s.fails(func(p program) []wire.Request {
			return []wire.Request{
				p.asks("POST", "/register", members{"email": "ann@mail.example", "password": s.password}),
				p.asks("POST", "/verify", members{"token": s.newest(kim, "/verify")}),
			}
		})
	})
}
