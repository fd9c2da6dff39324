package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"workbook/checker/internal/course"
	"workbook/checker/internal/pgserver"
)

func (a *app) dbCommand() *cobra.Command {
	db := &cobra.Command{Use: "db", Short: "The database server that the tests use: up, down, status, psql"}
	up := &cobra.Command{
		Use:   "up",
		Short: "Start the server, or find it, and print its address",
		Args:  cobra.NoArgs,
	}
	printURL := up.Flags().Bool("print-url", false, "print the address alone")
	a.addPostgres(up)
	up.RunE = func(cmd *cobra.Command, _ []string) error { return a.dbUp(cmd, *printURL) }
	psql := &cobra.Command{
		Use:   "psql [DATABASE]",
		Short: "Open psql on the server, as its superuser",
		Args:  cobra.MaximumNArgs(1),
		RunE:  a.dbPsql,
	}
	a.addPostgres(psql)
	status := &cobra.Command{Use: "status", Short: "Say which servers are running", Args: cobra.NoArgs, RunE: a.dbStatus}
	a.addJSON(status)
	db.AddCommand(up, psql, status,
		&cobra.Command{Use: "down", Short: "End the servers and clear away what they leave", Args: cobra.NoArgs, RunE: a.dbDown},
		&cobra.Command{Use: "keep", Hidden: true, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			return pgserver.Keep(cmd.Context())
		}},
	)
	return db
}

// dbOptions works outside of a workbook too: the server belongs to the machine.
func (a *app) dbOptions() (pgserver.Options, error) {
	root, err := course.Locate(a.dir)
	if errors.Is(err, course.ErrNoCourse) {
		root = a.dir
	} else if err != nil {
		return pgserver.Options{}, err
	}
	return a.serverOptions(root)
}

func (a *app) dbUp(cmd *cobra.Command, urlOnly bool) error {
	opts, err := a.dbOptions()
	if err != nil {
		return err
	}
	// The lease ends with this process; the server stays for as long as it is used, and ten minutes more. On a server
	// that was given nothing was made yet, so there is nothing to take back.
	s, err := pgserver.Acquire(cmd.Context(), opts)
	if err != nil {
		return err
	}
	if urlOnly {
		fmt.Fprintln(a.Out, s.URL)
		return nil
	}
	for _, n := range s.Notes {
		fmt.Fprintln(a.Out, n)
	}
	fmt.Fprintf(a.Out, "PostgreSQL %s (%s): %s\n%s\n", s.Version, s.Source, s.Detail, s.URL)
	return nil
}

func (a *app) dbDown(cmd *cobra.Command, _ []string) error {
	opts, err := a.dbOptions()
	if err != nil {
		return err
	}
	opts.Want = "auto" // what was started here, whatever the environment names
	return pgserver.Down(cmd.Context(), opts)
}

func (a *app) dbStatus(cmd *cobra.Command, _ []string) error {
	opts, err := a.dbOptions()
	if err != nil {
		return err
	}
	opts.Want = "auto"
	status, err := pgserver.Find(cmd.Context(), opts)
	if err != nil {
		return err
	}
	if a.json {
		return writeJSON(a.Out, map[string]any{"version": 1, "cache": status.Cache, "servers": status.Servers})
	}
	if len(status.Servers) == 0 {
		fmt.Fprintln(a.Out, "No server is running; the next check that needs one starts it.")
	}
	for _, w := range status.Servers {
		fmt.Fprintf(a.Out, "%s: %s, PostgreSQL %s, %d clients\n  %s\n  %s\n", w.Source, w.Phase, w.Version, w.Clients, w.Detail, w.URL)
		if w.Error != "" {
			fmt.Fprintf(a.Out, "  %s\n", w.Error)
		}
	}
	return nil
}

func (a *app) dbPsql(cmd *cobra.Command, args []string) (err error) {
	path, err := exec.LookPath("psql")
	if err != nil {
		return errors.New("psql is not on the path: install your system's PostgreSQL client, or open the address of `checker db up` with another one")
	}
	opts, err := a.dbOptions()
	if err != nil {
		return err
	}
	s, err := pgserver.Acquire(cmd.Context(), opts)
	if err != nil {
		return err
	}
	// The lease is not released: on a server that was given, releasing would drop the very databases to be looked at.
	address, err := url.Parse(s.URL)
	if err != nil {
		return fmt.Errorf("read server address: %w", err)
	}
	if len(args) == 1 {
		address.Path = "/" + args[0]
	}
	psql := exec.CommandContext(cmd.Context(), path, address.String())
	psql.Stdin, psql.Stdout, psql.Stderr = a.In, a.Out, a.Err
	psql.Env = os.Environ()
	return psql.Run()
}
