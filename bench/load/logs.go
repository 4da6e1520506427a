package main

import (
	"regexp"
	"strings"
)

// bad are lines that a server must not write: errors, and what comes of panics.
var bad = regexp.MustCompile(`^[EF][0-9]{4} |^panic|^goroutine [0-9]+ \[|^fatal error|level=ERROR`)

// expected are errors that it must write: clients give up, nothing here serves currency rates and the list of vendors, and it is stopped.
var expected = regexp.MustCompile(`context canceled|broken pipe|connection reset by peer|updating conversion rates|http: Server closed|use of closed network connection|calling GET https://vendor-list`)

// unexpected are the first lines of a log that shouldn't be there.
func unexpected(log string) (lines []string) {
	for line := range strings.Lines(log) {
		if bad.MatchString(line) && !expected.MatchString(line) && len(lines) < 5 {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
