package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	auth "workbook/exercises/07-projects/01-authentication-system"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/guard"
	"workbook/exercises/internal/instances"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/patience"
	"workbook/exercises/internal/problem"
	"workbook/exercises/internal/seed"
	"workbook/exercises/internal/wire"
)

//go:embed schema.sql
var schema string

const base = "https://shop.example"

// limit is how long a test waits for what right code does at once, even on a
// busy machine.
const limit = 30 * time.Second

// hasher is a cheap Hasher that counts its calls. Its hashes say nothing.
type hasher struct {
	mu               sync.Mutex
	made             map[string]string // hash: password
	hashed, verified int
	verifying        func()
}

func (h *hasher) Hash(password string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hashed++
	hash := fmt.Sprintf("$fake$%03d", len(h.made))
	h.made[hash] = password
	return hash, nil
}

func (h *hasher) Verify(password, hash string) (bool, error) {
	h.mu.Lock()
	h.verified++
	of, known := h.made[hash]
	verifying := h.verifying
	h.mu.Unlock()
	if verifying != nil {
		verifying()
	}
	if !known {
		return false, fmt.Errorf("%q is no hash", hash)
	}
	return of == password, nil
}

// compares lets something happen once, when Verify has compared and its caller
// has not gone on.
func (h *hasher) compares(meanwhile func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.verifying = sync.OnceFunc(meanwhile)
}

// work counts the calls of Hash and Verify that f leads to.
func (h *hasher) work(f func()) (hashed, verified int) {
	before, v := h.calls()
	f()
	hashed, verified = h.calls()
	return hashed - before, verified - v
}

func (h *hasher) calls() (hashed, verified int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hashed, h.verified
}

// journal is what programs log, at the same time.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// mailer is a mail server that takes everything, unless a test says otherwise.
type mailer struct {
	mu     sync.Mutex
	taken  []auth.Mail
	during func(context.Context, auth.Mail) error // before the mail is taken; an error refuses it
}

func (m *mailer) Send(ctx context.Context, mail auth.Mail) error {
	m.mu.Lock()
	during := m.during
	m.mu.Unlock()
	if during != nil {
		if err := during(ctx, mail); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken = append(m.taken, mail)
	return nil
}

// meanwhile makes Send do something before it takes a mail.
func (m *mailer) meanwhile(during func(context.Context, auth.Mail) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.during = during
}

// all returns the mails in the order in which they were sent.
func (m *mailer) all() []auth.Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.taken)
}

// to returns those to one address.
func (m *mailer) to(email string) (mails []auth.Mail) {
	for _, mail := range m.all() {
		if strings.EqualFold(mail.To, email) {
			mails = append(mails, mail)
		}
	}
	return mails
}

// shop is a database, and what all copies of the program share.
type shop struct {
	*dbtest.DB
	*hasher
	*mailer
	t        *testing.T
	password string // of accounts, unless a test says otherwise
	grace    time.Duration
	key      []byte
	logged   journal
	log      *slog.Logger // to logged
	post     *post
	n        int
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{DB: dbtest.Load(t, "schema.sql", schema), hasher: &hasher{made: map[string]string{}}, mailer: &mailer{}, t: t, key: make([]byte, 32), password: "Pass word " + seed.New(t).Canary()}
	_, _ = rand.Read(s.key)
	s.log = slog.New(slog.NewTextHandler(&s.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return s
}

func (s *shop) app(name string, tick <-chan time.Time, options ...dbtest.Option) instances.Instance[*auth.App] {
	s.t.Helper()
	return instances.Start(s.t, s.DB, name, func(pool *pgxpool.Pool) *auth.App {
		app, err := guard.Call2(s.t, func() (*auth.App, error) {
			return auth.New(pool, auth.Config{
				BaseURL: base, Key: s.key, Hasher: s.hasher, Mailer: s.mailer, Tick: tick, Grace: s.grace, Log: s.log,
			})
		})
		require.NoError(s.t, err, "New prepares a copy of the program")
		return app
	}, options...)
}

// program is a copy of the program that answers requests. Its Run does not run.
type program struct {
	*wire.Server
	s    *shop
	pool *pgxpool.Pool
}

func (s *shop) start(name string, options ...dbtest.Option) program {
	s.t.Helper()
	i := s.app(name, nil, options...)
	server := wire.Serve(s.t, guard.Call(s.t, i.App.Handler))
	server.Patience = limit
	return program{server, s, i.Pool}
}

type members map[string]any

// asks is a request with a JSON body, if there are any members.
func (p program) asks(method, path string, body members, header ...string) wire.Request {
	p.s.t.Helper()
	r := wire.Request{Method: method, Path: path, Header: header}
	if !slices.ContainsFunc(header, func(line string) bool { return strings.HasPrefix(line, "Host:") }) {
		r.Header = append([]string{"Host: shop.example"}, header...)
	}
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(p.s.t, err)
		r.Header, r.Body = append(r.Header, "Content-Type: application/json"), string(text)
	}
	return r
}

func (p program) send(method, path string, body members, header ...string) wire.Answer {
	p.s.t.Helper()
	return p.Send(p.s.t, p.asks(method, path, body, header...))
}

// post is a copy of the program whose Run runs.
type post struct {
	t     *testing.T
	name  string
	tick  chan time.Time
	ended chan struct{}

	cancel func() // ends the context of Run
	stop   func() // does so, and waits until Run has returned
}

func (s *shop) run(name string, options ...dbtest.Option) *post {
	s.t.Helper()
	p := &post{t: s.t, name: name, tick: make(chan time.Time), ended: make(chan struct{})}
	i := s.app(name, p.tick, options...)
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	call := lock.Go(s.t, func() error { defer close(p.ended); return i.App.Run(ctx) })
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := call.Wait("Run returns when its context has ended"); err != nil && !s.t.Failed() {
			require.ErrorIs(s.t, err, context.Canceled, "Run returns nil or the context's error when its context has ended")
		}
	})
	s.t.Cleanup(p.stop)
	return p
}

// work returns when Run has sent what is due: it takes the second tick when it
// has dealt with the first. It looks once more after that, at some time.
func (p *post) work(story string) {
	p.t.Helper()
	for range 2 {
		select {
		case p.tick <- time.Now():
		case <-p.ended:
			p.t.Fatalf("%s Run on %s has returned, although its context has not ended.", story, p.name)
		case <-time.After(patience.Of(limit)):
			patience.Lost()
			p.t.Fatalf("%s Run on %s promises to take a value from Tick when it has nothing to do. It has not within %v.", story, p.name, limit)
		}
	}
}

// sends returns when Run, which has just begun, sends the mail that was due.
func (p *post) sends(sending <-chan bool) {
	p.t.Helper()
	const promise = "A mail is due when Run starts, so Run promises to send it, and only then to take a value from Tick."
	select {
	case <-sending:
	case p.tick <- time.Now():
		if len(sending) == 0 {
			p.t.Fatalf("%s Run on %s has taken one, and not sent the mail.", promise, p.name)
		}
	case <-p.ended:
		p.t.Fatalf("%s Run on %s has returned.", promise, p.name)
	case <-time.After(patience.Of(limit)):
		patience.Lost()
		p.t.Fatalf("%s Run on %s has done neither within %v.", promise, p.name, limit)
	}
}

// deliver lets another copy send all mail that is due.
func (s *shop) deliver() {
	s.t.Helper()
	if s.post == nil {
		s.post = s.run("the copy that sends mail")
	}
	s.post.work("Mail may be due.")
}

// rest ends the Run of deliver: nobody looks for mail before the next deliver.
func (s *shop) rest() {
	s.t.Helper()
	s.post.stop()
	s.post = nil
}

// mortal is a pool's option, for a copy with this name, and what cuts the copy
// off from the database for good.
func (s *shop) mortal(name string) (option dbtest.Option, die func()) {
	var dead atomic.Bool
	refuse := func(context.Context, *pgx.ConnConfig) error {
		if dead.Load() {
			return errors.New("canary-in-the-network: no route to the database")
		}
		return nil
	}
	return dbtest.Config(func(c *pgxpool.Config) { c.BeforeConnect = refuse }), func() {
		dead.Store(true)
		fault.Kill(s.t, s.DB, name)
	}
}

// fails requires 500 or 503 of a copy that has lost its database, whatever is asked.
func (s *shop) fails(requests func(program) []wire.Request) {
	s.t.Helper()
	option, die := s.mortal("copy L")
	p := s.start("copy L", option)
	ask := requests(p)
	die()
	for _, r := range ask {
		a := p.Send(s.t, r)
		s.refused(a, "The program has lost its database, which says nothing about who asks.", 500, 503)
		require.NotContainsf(s.t, a.Body, "canary", "an answer tells nothing of what the network said\n%s", a.Story())
	}
}

// nonsense requires that a route refuses what is no request for it.
func (s *shop) nonsense(p program, path string, statuses []int, bodies ...string) {
	s.t.Helper()
	for _, body := range append(bodies, "", "null", "[]", "{", `"text"`) {
		s.refused(p.SendJSON(s.t, "POST", path, body), fmt.Sprintf("The body is %q.", body), statuses...)
	}
	s.refused(p.SendJSON(s.t, "POST", path, strings.Repeat(" ", 16<<10)+"{}"), "The body has more than 16 KiB.", 413)
}

// later moves every moment that the tables hold into the past.
func (s *shop) later(by time.Duration) {
	s.t.Helper()
	err := pgx.BeginFunc(s.t.Context(), s.Super(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(s.t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		_, err := tx.Exec(s.t.Context(), fmt.Sprintf(`DO $$ DECLARE statement text; BEGIN
			FOR statement IN
				SELECT format('UPDATE %%I.%%I SET %%s', table_schema, table_name, string_agg(format('%%1$I = %%1$I - interval ''%d microseconds''', column_name), ', '))
				FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
				WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' AND data_type LIKE 'timestamp%%' AND is_generated = 'NEVER'
				GROUP BY table_schema, table_name
			LOOP EXECUTE statement; END LOOP; END $$`, by.Microseconds()))
		return err
	})
	require.NoErrorf(s.t, err, "moments are in columns of the type timestamptz, which can all be moved by %v", by)
}

// tables returns all tables of the schema.
func (s *shop) tables() []string {
	return dbtest.Column[string](s.DB, `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`)
}

// dump returns every row of every table, as text in lower case.
func (s *shop) dump() (rows []string) {
	for _, table := range s.tables() {
		for _, row := range dbtest.Column[string](s.DB, `SELECT to_jsonb(t)::text FROM `+table+` t`) {
			rows = append(rows, strings.ToLower(table+": "+row))
		}
	}
	return rows
}

// hides requires that nobody can read the secrets in rows of a dump: not as they
// are, and not in another way to write their bytes.
func (s *shop) hides(rows []string, story string, secrets ...string) {
	s.t.Helper()
	for _, secret := range secrets {
		forms := []string{secret, hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))}
		for _, decode := range []func(string) ([]byte, error){
			base64.RawURLEncoding.DecodeString, base64.URLEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.StdEncoding.DecodeString, hex.DecodeString, base32.StdEncoding.DecodeString,
		} {
			if raw, err := decode(secret); err == nil && len(raw) > 0 {
				forms = append(forms, hex.EncodeToString(raw))
			}
		}
		for _, form := range forms {
			for _, row := range rows {
				require.NotContainsf(s.t, row, strings.ToLower(form), "%s The database promises not to hold %q in a form that anybody can read. A row has it as %q.", story, secret, form)
			}
		}
	}
}

// random requires that somebody who knows all but one of the secrets cannot
// guess that one: they differ in enough places. For a secret of b bits the
// number that is found in 60 of them is a little below b.
func random(t *testing.T, what string, secrets []string) {
	t.Helper()
	seen := map[string]bool{}
	bits := 0.0
	for at := range slices.MaxFunc(secrets, func(a, b string) int { return len(a) - len(b) }) {
		letters := map[byte]bool{}
		for _, secret := range secrets {
			seen[secret] = true
			if at < len(secret) {
				letters[secret[at]] = true
			}
		}
		bits += math.Log2(float64(max(1, len(letters))))
	}
	require.Lenf(t, seen, len(secrets), "%s: no two are the same", what)
	require.GreaterOrEqualf(t, bits, 100.0, "%s promises 128 random bits. Place by place, %d of them differ by %.0f bits. Two of them:\n%s\n%s", what, len(secrets), bits, secrets[0], secrets[1])
}

// token is the one of a mail's link.
func (s *shop) token(mail auth.Mail, path string) string {
	s.t.Helper()
	var links []string
	for _, word := range strings.Fields(mail.Text) {
		if strings.Contains(word, "token=") {
			links = append(links, word)
		}
	}
	require.Lenf(s.t, links, 1, "The mail promises one link with a token. It is to %s, with the text:\n%s", mail.To, mail.Text)
	link, err := url.Parse(links[0])
	require.NoErrorf(s.t, err, "the link of a mail")
	require.Equalf(s.t, base+path, link.Scheme+"://"+link.Host+link.Path, "The link promises to lead to cfg.BaseURL%s. The text of the mail:\n%s", path, mail.Text)
	return link.Query().Get("token")
}

// newest is the token of the last mail to the address.
func (s *shop) newest(email, path string) string {
	s.t.Helper()
	mails := s.to(email)
	require.NotEmptyf(s.t, mails, "mails to %s, with a link to %s, when Run has looked for mail", email, path)
	return s.token(mails[len(mails)-1], path)
}

// account makes a verified account. Its address is new in each call.
func (s *shop) account(p program) (email string) {
	s.t.Helper()
	s.n++
	email = fmt.Sprintf("user%d@mail.example", s.n)
	p.registers(email, s.password)
	s.deliver()
	p.verifies(s.newest(email, "/verify"), "The link is new.")
	return email
}

func (p program) register(email, password string, header ...string) wire.Answer {
	p.s.t.Helper()
	return p.send("POST", "/register", members{"email": email, "password": password}, header...)
}

func (p program) registers(email, password string) wire.Answer {
	p.s.t.Helper()
	a := p.register(email, password)
	require.Equalf(p.s.t, 202, a.Status, "POST /register promises 202 for any address and a password that can be had\n%s", a.Story())
	return a
}

func (p program) verify(token string) wire.Answer {
	p.s.t.Helper()
	return p.send("POST", "/verify", members{"token": token})
}

func (p program) verifies(token, story string) {
	p.s.t.Helper()
	a := p.verify(token)
	require.Containsf(p.s.t, []int{200, 204}, a.Status, "%s POST /verify promises 200 or 204.\n%s", story, a.Story())
}

// refused requires a problem with one of the statuses that tells nothing.
func (s *shop) refused(a wire.Answer, story string, statuses ...int) {
	s.t.Helper()
	require.Containsf(s.t, statuses, a.Status, "%s The contract promises one of the statuses on the left; here it is %d.\n%s", story, a.Status, a.Story())
	problem.Of(s.t, a, statuses...)
	problem.Clean(s.t, a, s.password, "$fake$")
}

// sent is an answer as it was sent, but for the Date.
func sent(a wire.Answer) string {
	var lines []string
	for line := range strings.Lines(a.Head) {
		if name, _, _ := strings.Cut(strings.ToLower(line), ":"); name != "date" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "") + a.Raw
}
