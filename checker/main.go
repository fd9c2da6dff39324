// Command checker runs the exercises of the workbook. `make` at the root is its front door; README.md beside this file
// shows how one check travels through the code.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"workbook/checker/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}
