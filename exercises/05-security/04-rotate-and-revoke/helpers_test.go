package rotateandrevoke_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	rotateandrevoke "workbook/exercises/05-security/04-rotate-and-revoke"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

const (
	ttl      = 15 * time.Minute
	maxStale = time.Minute
	grace    = ttl + maxStale
)

// service is a database, the clock of all copies of the program, and the keys
// that they have been given.
type service struct {
	*dbtest.DB
	t      *testing.T
	random *seed.Rand

	mu   sync.Mutex
	now  time.Time
	keys map[string]rotateandrevoke.Key
}

// hung says that code has not returned in time. Then it will not in the other
// tests either, and they fail without waiting for it.
var hung atomic.Bool

func open(t *testing.T) *service {
	t.Helper()
	require.False(t, hung.Load(), "not tried: in another test the code did not return in time")
	return &service{
		DB: dbtest.Load(t, "schema.sql", schema), t: t, random: seed.New(t), keys: map[string]rotateandrevoke.Key{},
		now: time.Date(2040, time.May, 1, 12, 0, 0, 1e8, time.UTC), // a tenth of a second after noon
	}
}

// time is what the clock says. It goes on by 10 ms each time that it is read.
func (s *service) time() time.Time { return s.later(10 * time.Millisecond) }

func (s *service) later(d time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
	return s.now
}

// newKey makes keys whose IDs say nothing of their order. On the curve they are
// such that x begins with a zero byte, which has to be sent like any other.
func (s *service) newKey() rotateandrevoke.Key {
	k := rotateandrevoke.Key{ID: rand.Text()[:12], Secret: make([]byte, 32)}
	rand.Read(k.Secret)
	_, k.Ed25519, _ = ed25519.GenerateKey(nil)
	for point := []byte{0, 1}; point[1] != 0; {
		k.ECDSA, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		point, _ = k.ECDSA.PublicKey.Bytes()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[k.ID] = k
	return k
}

// kids are the IDs of all keys that were made, but for some.
func (s *service) kids(but ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.keys)), func(kid string) bool { return slices.Contains(but, kid) })
}

func (s *service) config() rotateandrevoke.Config {
	return rotateandrevoke.Config{TTL: ttl, MaxStale: maxStale, Grace: grace, Now: s.time, NewKey: s.newKey}
}

// program is one copy of the program.
type program struct {
	instances.Instance[*rotateandrevoke.KeyStore]
	s   *service
	web *wire.Server
}

func (s *service) start(name string, options ...dbtest.Option) program {
	s.t.Helper()
	i := instances.Start(s.t, s.DB, name, func(pool *pgxpool.Pool) *rotateandrevoke.KeyStore {
		store, err := rotateandrevoke.NewKeyStore(pool, s.config())
		require.NoError(s.t, err, "NewKeyStore promises to accept a Config that keeps all rules")
		return store
	}, options...)
	p := program{i, s, wire.Serve(s.t, i.App.Handler())}
	p.web.Patience = 7 * time.Second
	return p
}

// two starts copies A and B, of which A has made the first key, MaxStale ago.
func (s *service) two(options ...dbtest.Option) (a, b program) {
	s.t.Helper()
	a, b = s.start("copy A", options...), s.start("copy B", options...)
	a.rotate()
	s.later(maxStale)
	return a, b
}

// call calls the code under test. A panic or a hang in it is a failed test.
func call[T any](t *testing.T, f func(context.Context) (T, error)) (T, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	var returned atomic.Bool
	defer func() { hung.Store(hung.Load() || ctx.Err() != nil || !returned.Load()) }()
	return guard.Call2(t, func() (T, error) { defer returned.Store(true); return f(ctx) })
}

func (p program) run(what string, f func(context.Context) error) {
	p.s.t.Helper()
	_, err := call(p.s.t, func(ctx context.Context) (any, error) { return nil, f(ctx) })
	require.NoErrorf(p.s.t, err, "%s on %s promises to succeed", what, p.Name)
}

func (p program) rotate() { p.s.t.Helper(); p.run("Rotate", p.App.Rotate) }

func (p program) revoke(user string) {
	p.s.t.Helper()
	p.run(fmt.Sprintf("RevokeAll(%q)", user), func(ctx context.Context) error { return p.App.RevokeAll(ctx, user) })
}

// token is what Issue has returned, and where that was.
type token struct{ raw, user, kid, alg, on string }

func (p program) tryIssue(user string) (string, error) {
	p.s.t.Helper()
	return call(p.s.t, func(ctx context.Context) (string, error) { return p.App.Issue(ctx, user) })
}

func (p program) issue(user string) token {
	p.s.t.Helper()
	raw, err := p.tryIssue(user)
	require.NoErrorf(p.s.t, err, "Issue(%q) on %s promises a token", user, p.Name)
	header, claims := read(p.s.t, raw)
	tok := token{raw, user, fmt.Sprint(header["kid"]), fmt.Sprint(header["alg"]), p.Name}
	require.Containsf(p.s.t, []string{"HS256", "EdDSA", "ES256"}, tok.alg, "alg in the header is one of the three; the header is %v", header)
	require.Containsf(p.s.t, p.s.kids(), tok.kid, "kid in the header is the ID of a key from Config.NewKey; the header is %v", header)
	require.Equalf(p.s.t, user, claims["sub"], "sub is the user; the claims are %v", claims)
	require.Containsf(p.s.t, claims, "exp", "exp is when the token ends; the claims are %v", claims)
	return tok
}

func (p program) verify(raw string) (string, error) {
	p.s.t.Helper()
	return call(p.s.t, func(ctx context.Context) (string, error) { return p.App.Verify(ctx, raw) })
}

func (p program) accepts(tok token, story string, args ...any) {
	p.s.t.Helper()
	user, err := p.verify(tok.raw)
	story = fmt.Sprintf(story, args...)
	require.NoErrorf(p.s.t, err, "Verify on %s promises to accept this token of %q, issued on %s with key %s. %s", p.Name, tok.user, tok.on, tok.kid, story)
	require.Equalf(p.s.t, tok.user, user, "Verify promises the user to whom the token was issued. %s", story)
}

func (p program) refuses(raw, story string, args ...any) {
	p.s.t.Helper()
	story = fmt.Sprintf(story, args...)
	user, err := p.verify(raw)
	require.Errorf(p.s.t, err, "Verify on %s promises to refuse this token. %s\nIt returned the user %q, and no error.", p.Name, story, user)
	require.Emptyf(p.s.t, user, "Verify promises an empty user next to an error. %s", story)
}

// A document is a JWKS, from when on it was there, and how long it may be kept.
type document struct {
	wire.Answer
	keys  []map[string]any
	from  time.Time
	until time.Time
}

func (d document) kids() (kids []string) {
	for _, key := range d.keys {
		kids = append(kids, fmt.Sprint(key["kid"]))
	}
	return kids
}

func (p program) getJWKS() wire.Answer {
	p.s.t.Helper()
	was := hung.Swap(true)
	answer := p.web.Try(p.s.t, wire.Request{Path: "/.well-known/jwks.json"}) // ends the test when no answer comes
	hung.Store(was)
	return answer
}

func (p program) jwks() document {
	p.s.t.Helper()
	from := p.s.later(0)
	answer := p.getJWKS()
	require.Equalf(p.s.t, http.StatusOK, answer.Status, "GET /.well-known/jwks.json promises 200\n%s", answer.Story())
	body := wire.JSON[struct {
		Keys []map[string]any `json:"keys"`
	}](p.s.t, answer)
	control := answer.CacheControl(p.s.t)
	_, noStore := control["no-store"]
	_, noCache := control["no-cache"]
	age, err := strconv.Atoi(control["max-age"])
	if noStore || noCache {
		age, err = 0, nil
	}
	require.NoErrorf(p.s.t, err, "Cache-Control promises a max-age, or no-cache, or no-store\n%s", answer.Story())
	return document{answer, body.Keys, from, from.Add(time.Duration(age) * time.Second)}
}

// forge makes a token that says what tok says, changed by edit, and is signed
// with alg by the given part of a key.
func (s *service) forge(tok token, alg string, key any, edit func(header, claims map[string]any)) string {
	s.t.Helper()
	header, claims := read(s.t, tok.raw)
	header["alg"] = alg
	edit(header, claims)
	text := encode(s.t, header) + "." + encode(s.t, claims)
	signature, err := jwt.GetSigningMethod(alg).Sign(text, key)
	require.NoError(s.t, err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// part returns what of a key signs with alg.
func part(k rotateandrevoke.Key, alg string) any {
	switch alg {
	case "EdDSA":
		return k.Ed25519
	case "ES256":
		return k.ECDSA
	}
	return k.Secret
}

func read(t *testing.T, raw string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(raw, ".")
	require.Lenf(t, parts, 3, "a token has three parts; this one is %q", raw)
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoErrorf(t, err, "part %d of a token is base64url; this one is %q", i+1, parts[i])
		require.NoErrorf(t, json.Unmarshal(text, into), "part %d of a token is a JSON object; this one is %q", i+1, text)
	}
	return header, claims
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(text)
}
