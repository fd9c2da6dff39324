package rowset

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
)

func moment(infinity pgtype.InfinityModifier, at time.Time) cell {
	text := at.UTC().Format(time.RFC3339Nano)
	if infinity != pgtype.Finite {
		text = infinity.String()
	}
	return newCell(isTime, text, text)
}

// interval follows PostgreSQL, where a day has 24 hours and a month 30 days.
func interval(months, days int32, micros, nanos int64) cell {
	total := big.NewInt(int64(months)*30 + int64(days))
	for _, step := range [][2]int64{{24 * 3600 * 1e6, micros}, {1000, nanos}} {
		total.Mul(total, big.NewInt(step[0])).Add(total, big.NewInt(step[1]))
	}
	var parts []string
	if months != 0 {
		parts = append(parts, count(int(months), "month", "months"))
	}
	if days != 0 {
		parts = append(parts, count(int(days), "day", "days"))
	}
	switch {
	case micros > math.MaxInt64/1000-1 || micros < math.MinInt64/1000+1: // no time.Duration
		parts = append(parts, fmt.Sprintf("%dµs", micros))
	case micros != 0 || nanos != 0 || parts == nil:
		parts = append(parts, (time.Duration(micros)*time.Microsecond + time.Duration(nanos)).String())
	}
	return newCell(isInterval, total.String(), strings.Join(parts, " "))
}

func uuid(b [16]byte) cell {
	text := fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	return newCell(isUUID, text, text)
}

// binary shows bytes as text where they are plain text, and else as PostgreSQL does.
func binary(b []byte) cell {
	if b == nil {
		return newCell(isNull, "", "NULL")
	}
	shown := `\x` + hex.EncodeToString(b)
	if text := string(b); utf8.ValidString(text) && quote(text) == `"`+text+`"` {
		shown = "bytes " + quote(text)
	}
	return newCell(isBytes, string(b), shown)
}
