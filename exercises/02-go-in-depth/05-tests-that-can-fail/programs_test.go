package teststhatcanfail_test

// A right program keeps the contract in another way than the given one; all are in testdata/others.go.
type right struct{ name, program, how string }

var rights = []right{
	{"a_program_with_a_document_for_each_room", "sheets", "It keeps one document a room, gives bookings numbers at random, answers in local time, and has an error type of its own"},
	{"a_program_with_serializable_transactions", "serializable", "It looks first and writes then, in serializable transactions, counts bookings downwards, and wraps errors"},
	{"a_program_with_a_constraint_against_overlaps", "exclusion", "It leaves overlaps to the database, numbers bookings from 500 in steps, and wraps errors"},
}

// A mutant is the given program with one thing changed.
type mutant struct {
	does    string
	promise string
	changes []string // old, new, old, new …
	atOnce  bool     // it goes wrong only when calls run at once
}

const (
	book    = `room = $3 AND NOT cancelled AND starts_at < $5 AND ends_at > $4`
	free    = `starts_at < $3 AND ends_at > $2`
	cancel  = `WHERE booking = $1 AND NOT cancelled`
	invalid = `!slot.To.After(slot.From)`

	untilBefore = "A slot ends just before To, so another one may begin there, or end at From."
	taken       = "Of two slots of a room that have time in common, the second one gets ErrTaken, also within one booking."
	allOrNone   = "Book gives all the slots, or none: after an error nothing is booked."
	freed       = "After Cancel, all slots of the booking are free again."
	notFound    = "Cancel returns ErrNotFound for an id that is no booking, or no more."
	notInvalid  = "A slot that does not end after it begins is ErrInvalid."
	listed      = "Free lists all the time of a day, in UTC, in which nobody has the room, in the order of time, in as few spans as can be."
	done        = "When ctx is done, every method returns its error, and nothing has changed."
)

var mutants = []mutant{
	{does: "a slot that begins when another ends is refused", promise: untilBefore, changes: []string{"ends_at > $4", "ends_at >= $4"}},
	{does: "a slot that ends when another begins is refused", promise: untilBefore, changes: []string{"starts_at < $5", "starts_at <= $5"}},
	{does: "a slot around a shorter one is accepted", promise: taken, changes: []string{
		"starts_at < $5 AND ends_at > $4", "(starts_at <= $4 AND $4 < ends_at OR starts_at < $5 AND $5 <= ends_at)"}},
	{does: "two slots of one booking may overlap", promise: taken, changes: []string{book, book + " AND booking <> $1"}},
	{does: "a slot is refused when another room is taken", promise: "Rooms do not get into each other's way.", changes: []string{"room = $3 AND", "$3 <> '' AND"}},
	{does: "a slot that is taken is ErrInvalid", promise: taken, changes: []string{"return ErrTaken", "return ErrInvalid"}},
	{does: "the slots before the one that is taken stay booked", promise: allOrNone, changes: []string{"tx.Exec(ctx, `\n\t\t\t\tINSERT", "s.pool.Exec(ctx, `\n\t\t\t\tINSERT"}},
	{does: "two servers give the same slot away at once", promise: "All this holds, too, for calls that run at once in several copies of the service.", atOnce: true, changes: []string{
		"type store struct{", "type store struct{ mu sync.Mutex;", "	err = pgx.Begin", "	s.mu.Lock(); defer s.mu.Unlock()\n	err = pgx.Begin",
		"lock(ctx, tx, rooms)", "ctx.Err()", `"time"`, `"time"; "sync"`}},
	{does: "a slot without length is accepted", promise: notInvalid, changes: []string{invalid, "slot.To.Before(slot.From)"}},
	{does: "a slot that ends before it begins is accepted", promise: notInvalid, changes: []string{invalid, "slot.To.Equal(slot.From)"}},
	{does: "a booking is made although the caller has gone", promise: done, changes: []string{"	err = pgx.Begin", "	ctx = context.WithoutCancel(ctx)\n	err = pgx.Begin"}},
	{does: "the slots of a cancelled booking cannot be booked again", promise: freed, changes: []string{"room = $3 AND NOT cancelled", "room = $3"}},
	{does: "only one slot of a cancelled booking becomes free", promise: freed, changes: []string{
		cancel, cancel + " AND (room, starts_at) = (SELECT room, starts_at FROM booked WHERE booking = $1 ORDER BY room, starts_at LIMIT 1)"}},
	{does: "cancelling a booking that never was succeeds", promise: notFound, changes: []string{
		"return ErrNotFound", "if s.pool.QueryRow(ctx, `SELECT FROM booked WHERE booking = $1 LIMIT 1`, id).Scan() != nil { return nil }; return ErrNotFound"}},
	{does: "cancelling a booking twice succeeds", promise: notFound, changes: []string{cancel, "WHERE booking = $1"}},
	{does: "a booking that is not there gets an error of the database driver", promise: notFound, changes: []string{"return ErrNotFound", "return pgx.ErrNoRows"}},
	{does: "a room is listed as free although a booking goes on from the day before", promise: listed, changes: []string{free, "starts_at < $3 AND starts_at >= $2"}},
	{does: "the day is the one in the time zone of the moment", promise: listed, changes: []string{"day.UTC().Date()", "day.Date()"}},
	{does: "spans without length are listed", promise: listed, changes: []string{"span.From.After(at)", "!span.From.Before(at)"}},
	{does: "spans are listed the latest one first", promise: listed, changes: []string{"	return free, nil", "	slices.Reverse(free)\n	return free, nil", `"time"`, `"time"; "slices"`}},
	{does: "a room is listed as free when the bookings could not be read", promise: done, changes: []string{
		"	if err != nil {\n		return nil, fmt.Errorf(\"list bookings of %s: %w\", room, err)\n	}\n	var free", "	_ = err\n	var free"}},
}
