package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Scalar is a setting that may stand as a JSON string, number or boolean: Prebid Server passes
// every value that comes from an environment variable as a string, whatever its type in the file.
type Scalar struct{ text string }

// UnmarshalJSON takes a single value, and null as none.
func (s *Scalar) UnmarshalJSON(data []byte) error {
	switch {
	case string(data) == "null":
		return nil
	case data[0] == '"':
		return json.Unmarshal(data, &s.text)
	case data[0] == '{' || data[0] == '[':
		return errors.New("a single value is wanted, not an object or a list")
	}
	s.text = string(data)
	return nil
}

// Absent reports whether the setting is absent. An empty string counts as absent, because an
// environment override needs the key in the file, with an empty value as its usual placeholder.
func (s Scalar) Absent() bool { return s.text == "" }

// Text returns the value as it was written, "" if it is absent.
func (s Scalar) Text() string { return s.text }

// Or returns the text, or another one if it is absent.
func (s Scalar) Or(byDefault string) string {
	if s.Absent() {
		return byDefault
	}
	return s.text
}

// Bool reads true or false.
func (s Scalar) Bool(name string, byDefault bool) (bool, error) {
	if s.Absent() {
		return byDefault, nil
	}
	switch s.text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, Wrong(name, "true or false is wanted")
}

// Duration reads one within limits.
func (s Scalar) Duration(name string, byDefault, least, most time.Duration) (time.Duration, error) {
	if s.Absent() {
		return byDefault, nil
	}
	d, err := time.ParseDuration(s.text)
	if err != nil {
		return 0, Wrong(name, `a duration such as "10s" or "1h" is wanted`)
	}
	if d < least || d > most {
		return 0, Wrong(name, fmt.Sprintf("it must lie between %v and %v", least, most))
	}
	return d, nil
}

// OneOf reads one of several words.
func (s Scalar) OneOf(name, byDefault string, words ...string) (string, error) {
	if s.Absent() {
		return byDefault, nil
	}
	for _, word := range words {
		if s.text == word {
			return word, nil
		}
	}
	return "", Wrong(name, fmt.Sprintf("one of %q is wanted", words))
}
