package bulkimport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	bulkimport "workbook/exercises/03-databases/09-bulk-import"
	"workbook/exercises/internal/dbtest"
	"workbook/exercises/internal/fault"
	"workbook/exercises/internal/lock"
	"workbook/exercises/internal/pgtrace"
	"workbook/exercises/internal/seed"
)

// readerFunc is a reader without text, which does something where the text before it ends.
type readerFunc func() error

func (f readerFunc) Read([]byte) (int, error) { return 0, f() }

func TestBatches(t *testing.T) {
	t.Run("are_saved_while_the_file_is_read", func(t *testing.T) {
		s, list := openShop(t, 12_000)
		saved := 0
		pause := readerFunc(func() error {
			for looks := 0; saved < 1_000 && looks < 5_000; looks++ {
				saved = dbtest.Value[int](s.DB, `SELECT count(*) FROM products`)
			}
			return io.EOF
		})
		_, err := s.try(t.Context(), s.Pool(), io.MultiReader(stream(file(list[:6_000]...)), pause, stream(file(list[6_000:]...))))
		require.NoError(t, err, "Every line is right. This came of Import:")
		require.GreaterOrEqual(t, saved, 1_000, "Import has read 6,000 lines, all about different products, and waits for the next one. Now at most 5,000 of them may be unsaved. Another connection sees so many products:")
		s.has("each product of the file is in the table in the end", list)
	})
	t.Run("take_few_round_trips", func(t *testing.T) {
		s, old := openShop(t, 5_000)
		s.load(s.Pool(), file(old...), "Every line is right")
		spy := &pgtrace.Spy{}
		s.load(s.Pool(dbtest.With(spy)), file(seed.Shuffled(s.Rand, s.products("P", 10_000))...), "Every line is right") // half of them are new
		require.LessOrEqual(t, spy.RoundTrips(), 10_000/500*4+20, "A file of 10,000 lines takes at most 4 round trips for every 500 lines, and 20 more. So many did it take:")
	})
	t.Run("have_a_product_twice", func(t *testing.T) {
		s, list := openShop(t, 102)
		early := s.products("P", 2)
		stats := s.load(s.Pool(), file(slices.Concat(early, list)...)+file(early[1], list[1]), "A product may be in the file more than once")
		s.has("of several lines about one product, the last one wins", list)
		require.Equal(t, len(list), stats.Inserted, "The table was empty. Inserted counts new rows, not lines. On the left the rows in the table.")
	})
	t.Run("have_a_product_in_common", func(t *testing.T) {
		s, list := openShop(t, 12_000)
		s.insert(s.products("P", 1)...)
		again := product{list[1].ExternalID, "the last line", nil}
		// Another program has locked the first product. Until it lets go, an import can wait; one that goes on comes to the last line.
		held := lock.Hold(t, s.DB, `SELECT FROM products FOR UPDATE`)
		call := s.begin(t.Context(), "import", stream(file(append(list, again)...)))
		held.WaitBlocked(call)
		for looks := 0; looks < 1_000 && !dbtest.Value[bool](s.DB, `SELECT EXISTS (SELECT FROM products WHERE name = 'the last line')`); looks++ {
		}
		held.Release()
		require.NoError(t, call.Wait("Import goes on when the lock is gone"), "Another program had locked a product, and then let it go. This came of Import:")
		list[1] = again
		s.has("of two lines about one product, the last one wins, also when another program has locked a product for a while", list)
	})
}

func TestAtOnce(t *testing.T) {
	t.Run("another_program_inserts_one_of_the_products", func(t *testing.T) {
		s, list := openShop(t, 3)
		held := lock.Hold(t, s.DB, fmt.Sprintf(`INSERT INTO products (external_id, name) VALUES ('%s', 'what the other program says')`, list[1].ExternalID))
		call := s.begin(t.Context(), "import", strings.NewReader(file(list...)))
		held.WaitBlocked(call)
		held.Commit()
		const story = "Another program had inserted a product, and not yet committed, when Import came to its line. Then the other one committed. "
		require.NoError(t, call.Wait("Import goes on when the lock is gone"), story+"This came of Import:")
		s.has(story+"In the end each product is as the file says", list)
	})
	t.Run("two_files_with_the_same_products_in_opposite_order", func(t *testing.T) {
		s, list := openShop(t, 400)
		s.insert(s.products("P", 200)...) // the others are new
		backwards := slices.Clone(list)
		slices.Reverse(backwards)
		held := lock.Hold(t, s.DB, `SELECT FROM products WHERE external_id ~ '[02468]0$' FOR UPDATE`)
		a, b := s.begin(t.Context(), "A", strings.NewReader(file(list...))), s.begin(t.Context(), "B", strings.NewReader(file(backwards...)))
		held.WaitBlocked(a, "A")
		held.WaitBlocked(b, "B")
		held.Release()
		require.NoError(t, errors.Join(a.Wait("Import goes on when the lock is gone"), b.Wait("Import goes on when the lock is gone")), "Two imports ran at the same time, of files with the same 400 products, one in the opposite order of the other. Another program had locked some products until both imports were under way. Neither import fails because of the other.")
		s.has("after two imports at the same time each product is as the files say", list)
	})
}

func TestInterrupted(t *testing.T) {
	t.Run("by_the_reader", func(t *testing.T) {
		s, list := openShop(t, 7_000)
		stats, err := s.try(t.Context(), s.Pool(), io.MultiReader(stream(file(list...)+`{"external_id":"P-07`), iotest.ErrReader(io.ErrUnexpectedEOF)))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "The reader failed with this error after 7,000 lines, in the middle of a line.")
		require.Equal(t, dbtest.Value[int](s.DB, `SELECT count(*) FROM products`), stats.Inserted, "The reader failed after 7,000 lines, all about new products. Inserted must be the number of products that were saved. Expected is how many are in the table, actual is Inserted.")
	})
	for name, interrupt := range map[string]func(steps *fault.Steps, n int, cancel func()){
		"by_the_loss_of_its_connection": func(steps *fault.Steps, n int, _ func()) { steps.Kill(n) },
		"by_the_caller":                 func(steps *fault.Steps, n int, cancel func()) { steps.After(n, cancel) },
	} {
		t.Run(name, func(t *testing.T) {
			s, list := openShop(t, 3_000)
			s.Leaks(t)
			steps := fault.NewSteps(t)
			pool := s.Pool(dbtest.With(steps))
			s.load(pool, file(list...), "Nothing interrupts this import")
			for n := range min(steps.Seen(), 15) { // after its first statement, after its second, and so on
				s.Exec(`DELETE FROM products`)
				ctx, cancel := context.WithCancel(t.Context())
				interrupt(steps, n+1, cancel)
				stats, err := s.try(ctx, pool, stream(file(list...)))
				cancel()
				what := fmt.Sprintf("Import was interrupted %s after\n\n\t%s\n\nand returned: %v. ", strings.ReplaceAll(name, "_", " "), steps.Text(), err)
				require.LessOrEqualf(t, stats.Inserted, dbtest.Value[int](s.DB, `SELECT count(*) FROM products`), "%sStats counts what was saved: on the left Inserted, on the right the products in the table.", what)
				if err == nil {
					s.has("when Import returns no error, the whole file was saved", list)
				}
				steps.Count()
				pool.Reset()
				s.load(pool, file(list...), what+"Then the same file was imported again")
				s.has("when an import has failed, the same file again completes the work", list)
			}
		})
	}
	t.Run("while_it_reads", func(t *testing.T) {
		s, list := openShop(t, 10)
		ctx, cancel := context.WithCancel(t.Context())
		var reading atomic.Int32
		began, goOn, returned := make(chan struct{}), make(chan struct{}), make(chan struct{})
		pause := readerFunc(func() error {
			reading.Add(1)
			defer reading.Add(-1)
			close(began)
			<-goOn
			return io.EOF
		})
		pool := s.Pool()
		call := lock.Go(t, func() error {
			defer close(returned)
			_, err := bulkimport.Import(ctx, pool, io.MultiReader(stream(file(list...)), pause))
			return err
		})
		select {
		case <-began:
		case <-returned:
		}
		cancel()
		left := int32(0)
		select {
		case <-returned:
			left = reading.Load()
		case <-time.After(100 * time.Millisecond): // it waits for the reader, as it must
		}
		close(goOn)
		_ = call.Wait("when the reader returns, so does Import")
		require.Zero(t, left, "The context ended while the reader was waiting for the next line. When Import returns, nothing goes on. It has returned, and this many calls of the reader's Read have not:")
	})
	t.Run("while_it_waits_for_a_lock", func(t *testing.T) {
		s, list := openShop(t, 3)
		s.insert(list...)
		held := lock.Hold(t, s.DB, `SELECT FROM products FOR UPDATE`)
		ctx, cancel := context.WithCancel(t.Context())
		call := s.begin(ctx, "import", strings.NewReader(file(s.products("P", 3)...)))
		held.WaitBlocked(call)
		cancel()
		require.ErrorIs(t, call.Wait("Import returns when its context ends"), context.Canceled, "Import waited for a lock, and its context ended.")
		held.WaitNobody()
	})
}
