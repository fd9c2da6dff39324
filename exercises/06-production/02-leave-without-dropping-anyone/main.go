// Command shop takes orders until it is told to leave.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"workbook/exercises/06-production/02-leave-without-dropping-anyone/shop"
)

// main reads the configuration, and turns what run returns into an exit status.
func main() {
	cfg, err := shop.Load(os.Getenv)
	if err == nil {
		err = run(context.Background(), cfg, os.Stdout) // TODO: which context?
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run listens, serves the shop and /readyz, and sends the confirmations. When ctx
// ends, it leaves. It returns nil when nothing was lost.
func run(ctx context.Context, cfg shop.Config, stdout io.Writer) error {
	// TODO
	return errors.New("run: not written yet")
}
