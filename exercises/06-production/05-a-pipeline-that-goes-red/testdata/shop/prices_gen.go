// Code generated from prices.txt. DO NOT EDIT.

package shop

var prices = map[string]int{
	"pot":   2900,
	"sieve": 720,
	"tea":   450,
}
