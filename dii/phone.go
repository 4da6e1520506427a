package dii

import "strings"

// Lengths of a phone number in digits.
const (
	minDigits = 10
	maxDigits = 15
)

// ValidPhone reports whether a phone number is in the only form that operators take: a plus sign and 10 to 15 ASCII digits.
func ValidPhone(text string) bool {
	digits, ok := strings.CutPrefix(text, "+")
	return ok && len(digits) >= minDigits && len(digits) <= maxDigits && strings.Trim(digits, "0123456789") == ""
}
