package shop

import (
	"os"
	"testing"
)

func TestNote(t *testing.T) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		t.Skip("no DATABASE_URL")
	}
	if err := Note(url, "a gift"); err != nil {
		t.Fatal(err)
	}
}
