// Package shop sells tea.
package shop

import "fmt"

//go:generate bash prices.sh

// Price returns what n pieces cost, in cents.
func Price(item string, n int) (int, error) {
	cents, ok := prices[item]
	if !ok {
		return 0, fmt.Errorf("there is no %q", item)
	}
	return n * cents, nil
}
