package follow

import (
	"regexp"
	"strings"
)

// matches reports whether a text is what a page shows, in which "…" is any text in a line, and as a
// line of its own any lines. White space at the ends of lines and of the text doesn't count.
func matches(shown, printed string) bool {
	var pattern strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(shown), "\n") {
		if line = strings.TrimRight(line, " \t"); strings.TrimSpace(line) == "…" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		for i, part := range strings.Split(line, "…") {
			if i > 0 {
				pattern.WriteString(`.*`)
			}
			pattern.WriteString(regexp.QuoteMeta(part))
		}
		pattern.WriteString(`[ \t\r]*\n`)
	}
	return regexp.MustCompile(`^\s*` + pattern.String() + `\s*$`).MatchString(strings.TrimSpace(printed) + "\n")
}
