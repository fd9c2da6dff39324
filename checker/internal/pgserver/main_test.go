package pgserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"

	"workbook/checker/internal/pgserver"
)

// The test binary serves as two helpers: the keeper, and a process that acquires a server, prints
// its URL and holds the lease until its input ends.
const acquirerEnv = "PGSERVER_TEST_ACQUIRER"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv("WORKBOOK_KEEPER") != "":
		exit(pgserver.Keep(context.Background()))
	case os.Getenv(acquirerEnv) != "":
		exit(acquirer())
	}
	code := m.Run()
	removeSeed()
	os.Exit(code)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func acquirer() error {
	var opts pgserver.Options
	if err := json.Unmarshal([]byte(os.Getenv(acquirerEnv)), &opts); err != nil {
		return err
	}
	s, err := pgserver.Acquire(context.Background(), opts)
	if err != nil {
		return err
	}
	fmt.Println(s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Release(context.Background())
}
