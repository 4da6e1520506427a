// Package advicetest has what the tests of programs share about their errors.
package advicetest

import "regexp"

// IsError reports whether a text is one error of a program as package advice prints it: what
// happened, why, and what to do.
func IsError(program, text string) bool {
	form := regexp.MustCompile(`^` + regexp.QuoteMeta(program) + `: [^\n]+: [^\n]+\n  what to do: [^\n]+\n$`)
	return form.MatchString(text)
}
