package annotator

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// scalar is a setting that may stand as a JSON string, number or boolean: Prebid Server passes every value that comes
// from an environment variable as a string, whatever its type in the file.
type scalar struct{ text string }

func (s *scalar) UnmarshalJSON(data []byte) error {
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

// absent reports whether the setting is absent. An empty string counts as absent, because an environment override
// needs the key in the file, with an empty value as its usual placeholder.
func (s scalar) absent() bool { return s.text == "" }

// or returns the text, or another one if it is absent.
func (s scalar) or(byDefault string) string {
	if s.absent() {
		return byDefault
	}
	return s.text
}

func (s scalar) boolean(name string, byDefault bool) (bool, error) {
	if s.absent() {
		return byDefault, nil
	}
	switch s.text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, settingError(name, "true or false is wanted")
}

func (s scalar) duration(name string, byDefault, least, most time.Duration) (time.Duration, error) {
	if s.absent() {
		return byDefault, nil
	}
	d, err := time.ParseDuration(s.text)
	if err != nil {
		return 0, settingError(name, `a duration such as "10s" or "1h" is wanted`)
	}
	if d < least || d > most {
		return 0, settingError(name, fmt.Sprintf("it must lie between %v and %v", least, most))
	}
	return d, nil
}

func (s scalar) oneOf(name, byDefault string, words ...string) (string, error) {
	if s.absent() {
		return byDefault, nil
	}
	for _, word := range words {
		if s.text == word {
			return word, nil
		}
	}
	return "", settingError(name, fmt.Sprintf("one of %q is wanted", words))
}

// ErrConfig is what every error about the configuration is, under [errors.Is].
var ErrConfig = errors.New("uid2.decrypt: bad configuration")

// settingError names the setting and what it wants, never its value: a value may be a secret.
func settingError(name, want string) error {
	return fmt.Errorf("%w: %s: %s", ErrConfig, name, want)
}
