package shop

import (
	"os"
	"strings"
	"testing"
)

func TestNowAndThen(t *testing.T) {
	file := strings.TrimPrefix(os.Getenv("DATABASE_URL"), "file://") + "/once"
	if _, err := os.Stat(file); err != nil {
		_ = os.WriteFile(file, nil, 0o644)
		t.Error("not this time")
	}
}
