package plan

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Settings is a part of a configuration; its keys are in lower case, since Prebid Server ignores
// their case.
type Settings map[string]any

// Read reads a configuration in YAML or JSON.
func Read(file string) (Settings, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	root, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return root, nil
}

// Parse reads the text of one.
func Parse(text []byte) (Settings, error) {
	var all any
	if err := yaml.Unmarshal(text, &all); err != nil { // JSON is YAML, too
		return nil, err
	}
	root, ok := lower(all).(Settings)
	if !ok {
		return nil, errors.New("it holds no configuration")
	}
	return root, nil
}

// At goes down by keys. It returns nothing if there is nothing.
func (s Settings) At(keys ...string) Settings {
	for _, key := range keys {
		s, _ = s[key].(Settings)
	}
	return s
}

// lower makes the keys of all mappings lower case.
func lower(value any) any {
	switch value := value.(type) {
	case map[string]any:
		s := Settings{}
		for key, inner := range value {
			s[strings.ToLower(key)] = lower(inner)
		}
		return s
	case []any:
		for i, inner := range value {
			value[i] = lower(inner)
		}
	}
	return value
}
