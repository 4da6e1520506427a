// Package plural writes numbers with their nouns, so that nobody reads of "1 entries".
package plural

import (
	"strconv"
	"strings"
)

// Count returns a number and its noun, which is given in the singular.
func Count[N int | int64 | uint64](n N, noun string) string {
	return strconv.FormatInt(int64(n), 10) + " " + Noun(n, noun)
}

// Noun returns a noun as it follows a number.
func Noun[N int | int64 | uint64](n N, noun string) string {
	if n == 1 {
		return noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(stem, "e") {
		return stem + "ies"
	}
	return noun + "s"
}

// Is returns "is" for one, and "are" for any other number.
func Is[N int | int64 | uint64](n N) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Have returns "has" for one, and "have" for any other number.
func Have[N int | int64 | uint64](n N) string {
	if n == 1 {
		return "has"
	}
	return "have"
}
