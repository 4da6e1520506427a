package settingstest

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Setting is one that a page documents.
type Setting struct {
	Name    string
	Default string // JSON; empty if the page says it in words, or there is none
	Words   string // the cell with the default
}

// Documented reads the tables of docs/configuration.md, in which a cell may name several settings.
func Documented(t *testing.T, page string) (all []Setting) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	prefixes, hasDefault := []string{""}, false
	var row []string // of settings
	for _, line := range strings.Split(string(text), "\n") {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			prefixes = prefixesUnder(heading)
		}
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		last := strings.TrimSpace(cells[len(cells)-2])
		if strings.TrimSpace(cells[1]) == "setting" {
			hasDefault = last == "default"
		}
		named, suffixes := settingsIn(cells[1])
		if len(named) > 0 {
			row = named
		}
		if !hasDefault {
			last = ""
		}
		for _, prefix := range prefixes {
			for i, name := range named {
				all = append(all, Setting{prefix + name, literal(last, i, len(named)), last})
			}
			for _, suffix := range suffixes { // of this row's last setting, or of the row before
				of := row
				if len(named) > 0 {
					of = row[len(row)-1:]
				}
				for _, name := range of {
					all = append(all, Setting{Name: prefix + name + suffix})
				}
			}
		}
	}
	return all
}

// prefixesUnder returns what the tables under a heading leave out of the settings' names.
func prefixesUnder(heading string) []string {
	switch word, _, _ := strings.Cut(strings.TrimSpace(heading), ":"); word {
	case "Operators":
		return []string{"uid2.", "euid."}
	case "Bidders":
		return []string{"bidders."}
	}
	return []string{""}
}

// settingsIn returns the settings that a cell names, and the ends of others, such as _env.
func settingsIn(cell string) (named, suffixes []string) {
	for _, match := range regexp.MustCompile("`(…?)([^`]+)`").FindAllStringSubmatch(cell, -1) {
		if match[1] == "" {
			named = append(named, match[2])
		} else {
			suffixes = append(suffixes, match[2])
		}
	}
	return named, suffixes
}

// literals matches a cell with nothing but values.
var literals = regexp.MustCompile("^`[^`]+`(, `[^`]+`)*$")

// literal returns the value of the setting i of a row of so many as JSON, or "" if the cell says it
// in words.
func literal(cell string, i, of int) string {
	if !literals.MatchString(cell) {
		return ""
	}
	values := strings.Split(strings.Trim(cell, "`"), "`, `")
	if len(values) != of {
		return ""
	}
	if value := values[i]; json.Valid([]byte(value)) {
		return value
	}
	return `"` + values[i] + `"`
}

// Defaults holds the defaults that a page documents to the code: a setting with the value that the
// page has for its default changes nothing. Each of others is a setting and a value that isn't its
// default; if that is a flag, a number or a duration, there must be a default to document.
func Defaults(t *testing.T, page string, others map[string]string, changesNothing func(name, value string) bool) {
	t.Helper()
	held := 0
	for _, d := range Documented(t, page) {
		other, ours := others[d.Name]
		switch {
		case !ours:
		case d.Default != "":
			held++
			if !changesNothing(d.Name, d.Default) {
				t.Errorf("%s: the page says that the default is %s, which it isn't", d.Name, d.Default)
			}
		case isFlagOrNumber(other) || !slices.Contains(inWords, beginning(d.Words)):
			t.Errorf("%s: the page has no value for the default: %q", d.Name, d.Words)
		}
	}
	if held == 0 {
		t.Error("the page has no defaults")
	}
}

// inWords are the beginnings of what a page may say instead of a value.
var inWords = []string{"", "none", "required", "the system's", "what the environment variables", "Prebid Server's default"}

// beginning is what stands before the first explanation.
func beginning(words string) string {
	end := strings.IndexAny(words, "`,:")
	if end < 0 {
		return words
	}
	return strings.TrimSpace(words[:end])
}

func isFlagOrNumber(value string) bool {
	_, err := time.ParseDuration(strings.Trim(value, `"`))
	return err == nil || !strings.HasPrefix(value, `"`)
}
