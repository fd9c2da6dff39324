// Wrong: each member can be written when it is its turn.
//checker:fails TestPatch/is_seen_as_a_whole
//checker:hint 6

// Package patchwithoutloss is an API of projects that several people change at
// the same time.
package patchwithoutloss

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Project is what the API reads and writes.
type Project struct {
	ID     string            `json:"id"`     // 1 to 40 characters a–z, 0–9, -
	Name   string            `json:"name"`   // not empty
	Note   *string           `json:"note"`   // nil: there is none
	Budget *int64            `json:"budget"` // nil: there is none
	Labels map[string]string `json:"labels"` // {} in JSON when there are none
}

// Field is a member of a JSON object that was sent, or not.
type Field[T any] struct {
	Set   bool // the object has the member
	Null  bool // and its value is null
	Value T    // the value otherwise
}

// UnmarshalJSON is called for a member that is there, null or not.
func (f *Field[T]) UnmarshalJSON(text []byte) error {
	*f = Field[T]{Set: true, Null: string(text) == "null"}
	if f.Null {
		return nil
	}
	return json.Unmarshal(text, &f.Value)
}

// orNull is the value for the database.
func (f Field[T]) orNull() *T {
	if !f.Set || f.Null {
		return nil
	}
	return &f.Value
}

// Routes answers GET and PATCH of /v1/projects/{id}, from the table projects of
// the database.
func Routes(pool *pgxpool.Pool) http.Handler {
	a := api{pool}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/projects/{id}", a.show)
	mux.HandleFunc("PATCH /v1/projects/{id}", a.patch)
	return mux
}

type api struct{ pool *pgxpool.Pool }

// The version is the tag: a project's own, the same for every copy of the program.
const columns = `id, name, note, budget, labels, '"' || version || '"'`

func scan(row pgx.Row) (p Project, tag string, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Note, &p.Budget, &p.Labels, &tag)
	return p, tag, err
}

func (a api) show(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !validID(id) {
		http.NotFound(w, r)
		return
	}
	p, tag, err := a.find(r.Context(), id)
	answer(w, r, p, tag, err)
}

func (a api) find(ctx context.Context, id string) (Project, string, error) {
	return scan(a.pool.QueryRow(ctx, `SELECT `+columns+` FROM projects WHERE id = $1`, id))
}

const mergePatch = "application/merge-patch+json"

func (a api) patch(w http.ResponseWriter, r *http.Request) {
	id, ifMatch := r.PathValue("id"), strings.Join(r.Header.Values("If-Match"), ",")
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case !validID(id):
		http.NotFound(w, r)
		return
	case err != nil || mediaType != mergePatch:
		w.Header().Set("Accept-Patch", mergePatch)
		http.Error(w, "send the patch as "+mergePatch, http.StatusUnsupportedMediaType)
		return
	case ifMatch == "":
		http.Error(w, "say with If-Match which state you have seen", http.StatusPreconditionRequired)
		return
	}
	c, ok := read(w, r)
	if !ok {
		return
	}
	p, tag, err := a.apply(r.Context(), id, ifMatch, c)
	if errors.Is(err, pgx.ErrNoRows) {
		if _, _, err = a.find(r.Context(), id); err == nil { // so it was the tag
			http.Error(w, "somebody else has changed the project since", http.StatusPreconditionFailed)
			return
		}
	}
	answer(w, r, p, tag, err)
}

// apply looks and writes in one statement: it writes what the patch names and
// nothing else, to a row that still has one of the tags.
func (a api) apply(ctx context.Context, id, ifMatch string, c change) (p Project, tag string, err error) {
	p, tag, err = scan(a.pool.QueryRow(ctx, `
		UPDATE projects SET version = version + 1
		WHERE id = $1 AND ($2 OR '"' || version || '"' = ANY($3))
		RETURNING `+columns, id, strings.TrimSpace(ifMatch) == "*", strongTags(ifMatch)))
	if err != nil {
		return p, tag, err
	}
	if c.Name.Set {
		_, err = a.pool.Exec(ctx, `UPDATE projects SET name = $2 WHERE id = $1`, id, c.Name.Value)
	}
	if err == nil && c.Note.Set {
		_, err = a.pool.Exec(ctx, `UPDATE projects SET note = $2 WHERE id = $1`, id, c.Note.orNull())
	}
	if err == nil && c.Budget.Set {
		_, err = a.pool.Exec(ctx, `UPDATE projects SET budget = $2 WHERE id = $1`, id, c.Budget.orNull())
	}
	if err == nil && c.Labels.Set {
		_, err = a.pool.Exec(ctx, `
			UPDATE projects SET labels = jsonb_strip_nulls(CASE WHEN $2 THEN '{}' ELSE labels END || coalesce($3, '{}'::jsonb))
			WHERE id = $1`, id, c.Labels.Null, c.Labels.orNull())
	}
	if err != nil {
		return p, tag, err
	}
	return a.find(ctx, id)
}

var aTag = regexp.MustCompile(`^[ \t,]*(W/)?("[^"]*")[ \t]*(,|$)`)

// strongTags returns the tags in If-Match that can match, with their quotes:
// weak ones cannot. What is no list of tags ends it.
func strongTags(ifMatch string) []string {
	tags := []string{}
	for m := aTag.FindStringSubmatch(ifMatch); m != nil; m = aTag.FindStringSubmatch(ifMatch) {
		if m[1] == "" {
			tags = append(tags, m[2])
		}
		ifMatch = ifMatch[len(m[0]):]
	}
	return tags
}

// change is a merge patch of a project.
type change struct {
	Name   Field[string]             `json:"name"`
	Note   Field[string]             `json:"note"`
	Budget Field[int64]              `json:"budget"`
	Labels Field[map[string]*string] `json:"labels"` // nil removes a label
}

// read returns the patch in the body; when there is none, it has answered.
func read(w http.ResponseWriter, r *http.Request) (change, bool) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields() // a member with a slip in its name would be lost without a word
	var c *change
	if err := decoder.Decode(&c); err != nil || c == nil || !c.valid() {
		http.Error(w, "the body must be a merge patch with name, note, budget and labels", http.StatusUnprocessableEntity)
		return change{}, false
	}
	return *c, true
}

func (c change) valid() bool {
	texts := []string{c.Name.Value, c.Note.Value}
	for name, label := range c.Labels.Value {
		texts = append(texts, name)
		if label != nil {
			texts = append(texts, *label)
		}
	}
	named := !c.Name.Set || c.Name.Value != ""
	return named && !strings.ContainsRune(strings.Join(texts, ""), 0)
}

var validID = regexp.MustCompile(`^[a-z0-9-]{1,40}$`).MatchString

func answer(w http.ResponseWriter, r *http.Request, p Project, tag string, err error) {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		http.NotFound(w, r)
	case err != nil:
		slog.Error("projects", "error", err)
		http.Error(w, "something went wrong on our side", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", tag)
		_ = json.NewEncoder(w).Encode(p) // when the client has gone, nobody is left to be told
	}
}
