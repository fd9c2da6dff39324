package security_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"workbook/exercises"
	"workbook/lessons/internal/talk"
)

// account is a row of a table that was stolen.
type account struct{ email, password string }

var accounts = []account{
	{"ann@example.org", "sunshine"},
	{"ben@example.org", "sunshine"},
	{"cem@example.org", "wer reitet so spät"},
}

// guesses are what an attacker tries first; real lists have billions.
var guesses = []string{"123456", "password", "qwerty", "iloveyou", "sunshine", "dragon", "letmein"}

func TestStolenTable(t *testing.T) {
	// snippet: fast
	fast := func(password string) string {
		sum := sha256.Sum256([]byte(password))
		return hex.EncodeToString(sum[:])
	}
	// end snippet
	table := map[string]string{}
	for _, guess := range guesses {
		table[fast(guess)] = guess
	}
	rows := []string{"email\tstored\tfound"}
	for _, a := range accounts {
		found := table[fast(a.password)]
		if found == "" {
			found = "–"
		}
		rows = append(rows, fmt.Sprintf("%s\t%s…\t%s", a.email, fast(a.password)[:16], found))
	}
	exercises.Golden(t, "stolen", lines(t, rows...)+
		fmt.Sprintf("\n%d guesses, %d hashes, for as many people as there are\n", len(guesses), len(guesses)))
}

func TestSlow(t *testing.T) {
	salts := [][]byte{[]byte("salt of Ann, 16b"), []byte("salt of Ben, 16b")}
	rows := []string{"email\tstored"}
	for i, salt := range salts {
		// snippet: slow
		hash := argon2.IDKey([]byte(accounts[i].password), salt, 2, 19*1024, 1, 32)
		stored := fmt.Sprintf("$argon2id$v=19$m=19456,t=2,p=1$%s$%s", base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
		// end snippet
		rows = append(rows, accounts[i].email+"\t"+stored[:46]+"…"+stored[len(stored)-8:])
	}
	require.NotEqual(t, rows[1], rows[2])
	exercises.Golden(t, "slow", lines(t, rows...))
}

func TestTruncation(t *testing.T) {
	key := func(name, password string) []byte { return []byte("00u1a2b3c4d5e6f7g8h9" + name + password) }
	rows := []string{"name\tpassword typed\tbcrypt says"}
	for _, name := range []string{"ann", "ann-marie.von-und-zu-hinterobertal@accounting.example"} {
		stored, err := bcrypt.GenerateFromPassword(key(name, "sunshine")[:min(72, len(key(name, "sunshine")))], bcrypt.MinCost)
		require.NoError(t, err)
		for _, typed := range []string{"sunshine", "anything"} {
			said := "the same"
			if err := bcrypt.CompareHashAndPassword(stored, key(name, typed)); errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
				said = "another one"
			} else {
				require.NoError(t, err)
			}
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s", name, typed, said))
		}
	}
	exercises.Golden(t, "truncation", lines(t, rows...))
}

// chatty is a login that helps whoever asks.
func chatty(stored map[string][]byte, hashed *int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// snippet: chatty
		hash, found := stored[r.FormValue("email")]
		if !found {
			http.Error(w, "no such account", http.StatusNotFound)
			return
		}
		*hashed++
		if bcrypt.CompareHashAndPassword(hash, []byte(r.FormValue("password"))) != nil {
			http.Error(w, "wrong password", http.StatusUnauthorized)
			return
		}
		// end snippet
		w.WriteHeader(http.StatusNoContent)
	}
}

// discreet says the same of both, and works as hard.
func discreet(stored map[string][]byte, dummy []byte, hashed *int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		hash, found := stored[r.FormValue("email")]
		if !found {
			hash = dummy
		}
		*hashed++
		if bcrypt.CompareHashAndPassword(hash, []byte(r.FormValue("password"))) != nil || !found {
			http.Error(w, "email or password is wrong", http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func TestLogin(t *testing.T) {
	hash := func(password string) []byte {
		h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		require.NoError(t, err)
		return h
	}
	stored := map[string][]byte{"ann@example.org": hash("sunshine")}
	for name, h := range map[string]func(*int) http.HandlerFunc{
		"1 chatty":   func(n *int) http.HandlerFunc { return chatty(stored, n) },
		"2 discreet": func(n *int) http.HandlerFunc { return discreet(stored, hash("a dummy"), n) },
	} {
		var hashed int
		k := talk.New(t, h(&hashed))
		for _, email := range []string{"ann@example.org", "zoe@example.org"} {
			before := hashed
			k.Say("POST", "/login", "email="+email+"&password=guess", "Content-Type: application/x-www-form-urlencoded")
			k.Note("   passwords hashed: %d", hashed-before)
		}
		exercises.Golden(t, "login-"+name[2:], strings.ReplaceAll(k.String(), "   Content-Type: application/x-www-form-urlencoded", ""))
	}
}
