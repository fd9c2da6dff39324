package labels

import "testing"

func TestLabel(t *testing.T) {
	if got, err := Label("tea", 2); err != nil || got != "2 × tea, worth 900" {
		t.Errorf("the label is %q, %v", got, err)
	}
}
