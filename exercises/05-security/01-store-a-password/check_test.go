package password_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	password "workbook/exercises/05-security/01-store-a-password"
	"workbook/exercises/internal/seed"
)

func check(t *testing.T, pw string, common []string) (err error) {
	t.Helper()
	call(t, func() { err = password.Check(pw, common) }, "Check(%.300q, a list of %d)", pw, len(common))
	return err
}

func allows(t *testing.T, pw string, common []string, story string) {
	t.Helper()
	require.NoErrorf(t, check(t, pw, common), "Check allows it, since there are no other rules: %s. The password is %.300q", story, pw)
}

// commonList is what a service has, some letters in upper case.
func commonList(t *testing.T) []string {
	r := seed.New(t)
	list := []string{"Password1!", "", "a", "passw0rd passw0rd", "QWERTYUIOPASDFGHJKL"}
	for range 200 {
		list = append(list, r.Word()+" is my "+strings.ToUpper(r.Word()))
	}
	return seed.Shuffled(r, list)
}

func TestCheck(t *testing.T) {
	repeated := func(text string, n int) string { return strings.Repeat(text, n) }

	t.Run("allows_15_to_256_characters", func(t *testing.T) {
		for _, letter := range []string{"z", "é", "語", "🦊"} {
			for _, n := range []int{15, 16, 64, 73, 255, 256} {
				allows(t, repeated(letter, n), commonList(t), "it has from 15 to 256 characters")
			}
		}
	})
	t.Run("has_no_rules_for_what_is_in_it", func(t *testing.T) {
		for _, pw := range []string{
			"the fox 🦊 jumps over the lazy dog 🐕 and then it walks away slow!",
			"correct horse battery staple", "123456789012345", repeated(" ", 15), " spaces at both ends ", "NUR GROSSBUCHSTABEN", "!!!!!!!!!!!!!!!!!", "пароль без букв ascii", repeated("👩‍💻", 5),
		} {
			allows(t, pw, commonList(t), "it is long enough, and not in the list")
			allows(t, pw, nil, "it is long enough, and the list is empty")
		}
	})
	t.Run("refuses_fewer_than_15_characters", func(t *testing.T) {
		for _, pw := range []string{"", "Tr0ub4dor&3", repeated("z", 14), repeated("é", 14), repeated("語", 14), repeated("🦊", 14), repeated("👩‍💻", 4)} {
			require.ErrorIsf(t, check(t, pw, nil), password.ErrShort, "Check promises ErrShort below 15 characters. This one has %d: %q", len([]rune(pw)), pw)
		}
	})
	t.Run("refuses_more_than_256_characters", func(t *testing.T) {
		for _, pw := range []string{repeated("z", 257), repeated("🦊", 257), repeated("👩‍💻", 86), repeated("long ", 1000)} {
			require.ErrorIsf(t, check(t, pw, nil), password.ErrLong, "Check promises ErrLong above 256 characters. This one has %d: %.20q…", len([]rune(pw)), pw)
		}
	})
	t.Run("refuses_a_common_password", func(t *testing.T) {
		list := commonList(t)
		for _, entry := range list {
			if len(entry) < 15 {
				continue
			}
			for _, pw := range []string{entry, strings.ToLower(entry), strings.ToUpper(entry), strings.ToLower(entry[:5]) + strings.ToUpper(entry[5:])} {
				require.ErrorIsf(t, check(t, pw, list), password.ErrCommon, "Check promises ErrCommon for an entry of the list, in upper or lower case. The entry is %q and the password %q", entry, pw)
			}
		}
		err := check(t, "Password1!", list)
		require.Truef(t, errors.Is(err, password.ErrShort) || errors.Is(err, password.ErrCommon), "Password1! is in the list, and too short: Check promises ErrShort or ErrCommon. It returned %v", err)
	})
	t.Run("compares_the_whole_password", func(t *testing.T) {
		list := commonList(t)
		for _, entry := range list {
			allows(t, entry+" and 1 word More", list, "it only begins with an entry of the list")
			allows(t, "There is 1 word before "+entry, list, "it only ends with an entry of the list")
		}
		allows(t, " QWERTYUIOPASDFGHJKL1 ", append(list, "QWERTYUIOPASDFGHJKL1"), "with its spaces it is no entry of the list")
		allows(t, "Passw0rd passw0", list, "it is only the beginning of an entry of the list")
	})
	t.Run("only_reads_the_list", func(t *testing.T) {
		list := commonList(t)
		was := slices.Clone(list)
		allows(t, "Long 4 enough of You!", list, "it is long enough, and not in the list")
		require.True(t, slices.Equal(was, list), "after the call the list was another one: Check only reads the list, which others use too")
	})
}
