package pgserver_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"workbook/checker/internal/pgserver"
)

// TestMain makes the test binary serve as the keeper too.
func TestMain(m *testing.M) {
	if os.Getenv("WORKBOOK_KEEPER") != "" {
		if err := pgserver.Keep(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
