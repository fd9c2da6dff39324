// Command shop is the program that is deployed. It leaves everything to Run.
package main

import (
	"os"

	configuration "workbook/exercises/06-production/01-configuration"
)

func main() {
	os.Exit(configuration.Run(os.Getenv, os.Stdout, os.Stderr))
}
