package shop

import "testing"

func TestPrice(t *testing.T) {
	if got, err := Price("tea", 3); err != nil || got != 1350 {
		t.Errorf("three teas cost %d, %v", got, err)
	}
}

func TestPriceOfNothing(t *testing.T) {
	if _, err := Price("moon", 1); err == nil {
		t.Error("the moon has a price")
	}
}
