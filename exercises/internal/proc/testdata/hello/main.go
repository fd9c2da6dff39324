// Command hello is what the tests of package proc build.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("hello", len(os.Environ()))
	os.Exit(3)
}
