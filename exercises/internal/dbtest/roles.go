package dbtest

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

func (s *server) owner() string { return "wb_" + s.tag + "_owner" }
func (s *server) app() string   { return "wb_" + s.tag + "_app" }

// prepare makes what the templates need: the two roles, and a locale.
func (s *server) prepare(ctx context.Context) error {
	if s.prepared {
		return nil
	}
	for _, role := range []string{s.owner(), s.app()} {
		if err := s.ensureRole(ctx, role); err != nil {
			return fmt.Errorf("make role %s: %w", role, err)
		}
	}
	// Every platform has "C"; it sorts like "C.UTF-8" but has no case for letters beyond ASCII.
	err := s.admin.QueryRow(ctx, `
		SELECT coalesce((SELECT 'C.UTF-8' FROM pg_collation
			WHERE collprovider = 'c' AND lower(collcollate) IN ('c.utf-8', 'c.utf8') LIMIT 1), 'C')`).Scan(&s.locale)
	if err != nil {
		return fmt.Errorf("look for locale C.UTF-8: %w", err)
	}
	s.prepared = true
	return nil
}

// ensureRole makes a role that may log in and nothing else. The password's
// fingerprint is kept as the role's comment, so that a role which is there is
// left alone: every test binary comes by here.
func (s *server) ensureRole(ctx context.Context, role string) error {
	want := "workbook 2 " + s.password("fingerprint of "+s.password(role))
	is := func() (bool, error) {
		var have string
		err := s.admin.QueryRow(ctx, `SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = $1`, role).Scan(&have)
		if errors.Is(err, pgx.ErrNoRows) {
			return false, nil
		}
		return have == want, err
	}
	if ok, err := is(); ok || err != nil {
		return err
	}
	verifier, err := scramVerifier(s.password(role))
	if err != nil {
		return err
	}
	return s.locked(ctx, "roles", func() error {
		if ok, err := is(); ok || err != nil {
			return err
		}
		name := pgx.Identifier{role}.Sanitize()
		return s.do(ctx,
			fmt.Sprintf(`DO $$ BEGIN CREATE ROLE %s; EXCEPTION WHEN duplicate_object THEN NULL; END $$`, name),
			fmt.Sprintf(`ALTER ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '%s'`, name, verifier),
			fmt.Sprintf(`COMMENT ON ROLE %s IS '%s'`, name, want))
	})
}

// scramVerifier is what the server stores for a password (RFC 5802, in
// PostgreSQL's form). Made here, it can ask for a single iteration: thousands
// of them protect passwords that can be guessed, which 128 random bits cannot,
// and would cost about 5 ms for each connection of each test.
func scramVerifier(password string) (string, error) {
	const iterations = 1
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("make a password verifier: %w", err)
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(mac(salted, "Server Key"))), nil
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
