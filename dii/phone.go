package dii

import "strings"

// The number of digits in a phone number.
const (
	minDigits = 10
	maxDigits = 15
)

// ValidPhone reports whether a phone number is in the only form that operators accept: a plus sign
// and 10 to 15 ASCII digits.
func ValidPhone(text string) bool {
	digits, ok := strings.CutPrefix(text, "+")
	return ok && len(digits) >= minDigits && len(digits) <= maxDigits && strings.Trim(digits, "0123456789") == ""
}
