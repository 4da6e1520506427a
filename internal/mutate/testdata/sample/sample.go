// Package sample is what the tests of mutate change.
package sample

import "errors"

var errNegative = errors.New("a negative number")

// Sign is tested well.
func Sign(n int) int {
	if n < 0 {
		return -1
	}
	return min(n, 1)
}

// Half is tested with even numbers only.
func Half(n int) (int, error) {
	if n < 0 {
		return 0, errNegative
	}
	return n / 2, nil
}

// Larger can't be tested for a change of its comparison.
func Larger(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// Count goes on for ever if it counts down.
func Count(to int) (n int) {
	for n != to {
		n++
	}
	return n
}
