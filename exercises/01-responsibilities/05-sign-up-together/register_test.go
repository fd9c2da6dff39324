package signup_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	signup "workbook/exercises/01-responsibilities/05-sign-up-together"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/seed"
)

func TestTable(t *testing.T) {
	const add = `INSERT INTO users (email, username) VALUES ($1, $2)`

	t.Run("keeps_the_users_that_were_there", func(t *testing.T) {
		old := dbtest.New(t, schema, before)
		want := dbtest.Structs[row](old, `SELECT id, email, username, created_at FROM users ORDER BY id`)

		require.Equal(t, want, openSite(t).users(), "the users before the migration are there after it, unchanged")
	})

	refuses := func(name, story, sql string, args ...any) {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			was := s.users()

			err := s.another(sql, args...)

			require.Errorf(t, err, "%s. Another program has sent\n\t%s %q\nand the database has taken it. The users now: %+v", story, sql, args, s.users())
			require.Equal(t, was, s.users())
		})
	}
	refuses("refuses_a_second_user_with_an_address", "Address grace@example.com is taken", add, "grace@example.com", "hopper")
	refuses("refuses_an_address_in_capitals", "Address grace@example.com is taken, and the case of letters does not count", add, "GRACE@EXAMPLE.COM", "hopper")
	refuses("refuses_an_address_in_small_letters", "Address Ada@Example.com is taken, and the case of letters does not count", add, "ada@example.com", "lovelace")
	refuses("refuses_a_second_user_with_a_username", "Username ada is taken", add, "lovelace@example.com", "ada")
	refuses("refuses_a_change_into_the_address_of_another", "Address Ada@Example.com is taken", `UPDATE users SET email = $1 WHERE username = $2`, "aDA@example.com", "Grace")
	refuses("refuses_a_change_into_the_username_of_another", "Username ada is taken", `UPDATE users SET username = $1 WHERE username = $2`, "ada", "Grace")

	t.Run("takes_whatever_is_different", func(t *testing.T) {
		s := openSite(t)
		for _, u := range [][2]string{
			{"a.da@example.com", "Ada"}, {"ada@example.org", "ADA"}, {"ada+shop@example.com", "ada "}, {"grace@example.co", "ada@example.com"}, {"ada", "grace@example.com"},
		} {
			require.NoErrorf(t, s.another(add, u[0], u[1]), "nobody has the address %q or the username %q; the case of usernames counts", u[0], u[1])
		}
		require.NoError(t, s.another(`UPDATE users SET email = 'ADA@example.com' WHERE username = 'ada'`), "a user may write her own address in another way")
	})
}

func TestRegister(t *testing.T) {
	t.Run("adds_a_row_and_returns_it", func(t *testing.T) {
		s, random := openSite(t), seed.New(t)
		was := s.users()
		want := signup.User{Email: "Lin.Lu-" + random.Word() + "@Example.COM", Username: "Lin O'" + random.Word() + " 🙂"}

		got, err := s.register(want.Email, want.Username)

		require.NoError(t, err, "nobody has this address or username")
		now := s.users()
		require.Len(t, now, len(was)+1, "rows in users, when one more user has signed up")
		added := now[len(was)]
		require.Equal(t, want, signup.User{Email: added.Email, Username: added.Username}, "the row has address and username as they were typed")
		want.ID = added.ID
		require.Equal(t, want, got, "Register returns the row that it has added")
		require.Equal(t, was, now[:len(was)], "the others stay as they are")
	})

	reports := func(name, story, email, username string, want, other error) {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			_, err := s.register("Lin@Example.com", "lin")
			require.NoError(t, err, "the first one signs up with Lin@Example.com, lin")
			was := s.users()

			_, err = s.register(email, username)

			require.ErrorIsf(t, err, want, "%s. Somebody signs up with %s, %s", story, email, username)
			require.NotErrorIsf(t, err, other, "%s. Somebody signs up with %s, %s", story, email, username)
			s.requireUnchanged(was)
		})
	}
	email, username := signup.ErrEmailTaken, signup.ErrUsernameTaken
	reports("reports_a_taken_address", "the address is taken, the username is not", "Lin@Example.com", "lu", email, username)
	reports("reports_a_taken_address_in_other_letters", "the address is taken in other letters, the username is not", "lIN@eXAMPLE.COM", "lu", email, username)
	reports("reports_an_address_from_before_the_migration", "the address is taken, the username is not", "ADA@example.com", "lovelace", email, username)
	reports("reports_a_taken_username", "the username is taken, the address is not", "lu@example.com", "lin", username, email)
	reports("reports_a_username_from_before_the_migration", "the username is taken, the address is not", "hopper@example.com", "Grace", username, email)

	t.Run("reports_one_when_both_are_taken", func(t *testing.T) {
		s := openSite(t)
		was := s.users()

		_, err := s.register("ada@example.com", "Grace")

		require.Truef(t, errors.Is(err, email) || errors.Is(err, username), "the address is Ada's and the username is Grace's, so one of the two errors comes; this came: %v", err)
		s.requireUnchanged(was)
	})

	t.Run("passes_on_what_a_trigger_says", func(t *testing.T) {
		s := openSite(t)
		s.Exec(`CREATE FUNCTION blocked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'duplicate key: e-mail and username are on the list of blocked ones'; END $$`)
		s.Exec(`CREATE TRIGGER blocked BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION blocked()`)
		was := s.users()

		_, err := s.register("lin@example.com", "lin")

		requireOther(t, err, "P0001", "nobody has the address or the username, and a trigger of another team refuses the row with a text of its own")
		s.requireUnchanged(was)
	})

	t.Run("passes_on_the_refusal_of_another_table", func(t *testing.T) {
		for _, column := range []string{"email", "username"} {
			s := openSite(t)
			s.Exec(`CREATE TABLE newsletter (email text UNIQUE, username text UNIQUE)`)
			s.Exec(`INSERT INTO newsletter VALUES ('lin@example.com', NULL), (NULL, 'lin')`)
			s.Exec(`CREATE FUNCTION subscribe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				INSERT INTO newsletter (` + column + `) VALUES (NEW.` + column + `); RETURN NEW; END $$`)
			s.Exec(`CREATE TRIGGER subscribe AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION subscribe()`)
			was := s.users()

			_, err := s.register("lin@example.com", "lin")

			requireOther(t, err, "23505", "no user has the address or the username; a trigger of another team writes the "+column+" into the table newsletter, where it is already")
			s.requireUnchanged(was)
		}
	})

	t.Run("says_when_the_caller_has_given_up", func(t *testing.T) {
		s := openSite(t)
		was := s.users()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := guard.Call2(t, func() (signup.User, error) { return s.store.Register(ctx, "lin@example.com", "lin") })

		require.ErrorIs(t, err, context.Canceled, "the caller had given up before Register began")
		s.requireUnchanged(was)
	})
}
