package timeline_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"workbook/exercises"
	"workbook/lessons/internal/timeline"
)

func TestTimeline(t *testing.T) {
	db := exercises.Database(t, `CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 10), (2, 20)`)
	tl := timeline.New(t, db, "A", "B")

	tl.Do("A", "BEGIN")
	tl.Do("A", "UPDATE t SET n = 11 WHERE id = 1")
	tl.Do("B", `SELECT *
	              FROM t ORDER BY id`)
	tl.Waits("B", "UPDATE t SET n = n + 5 WHERE id = 1 RETURNING n")
	tl.Do("A", "COMMIT")
	tl.Goes("B")
	tl.Do("B", "INSERT INTO t VALUES (1, 0)")

	assert.Equal(t, `A                                  B
BEGIN
UPDATE t SET n = 11 WHERE id = 1
                                   SELECT * FROM t ORDER BY id
                                   → 1 10, 2 20
                                   UPDATE t SET n = n + 5 WHERE id = 1 RETURNING n
                                   … waits
COMMIT
                                   … → 16
                                   INSERT INTO t VALUES (1, 0)
                                   ✗ duplicate key value violates unique constraint "t_pkey" (23505)
`, tl.String())
}
