// Package labels prints the labels of parcels.
package labels

import (
	"fmt"

	"example.com/shop"
)

// Label is the text on a parcel.
func Label(item string, n int) (string, error) {
	cents, err := shop.Price(item, n)
	return fmt.Sprintf("%d × %s, worth %d", n, item, cents), err
}
