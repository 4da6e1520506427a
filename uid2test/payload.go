package uid2test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// payload is the JSON object in a request; nil if the request is empty. Names are case-sensitive,
// as with operators.
type payload map[string]any

// parsePayload parses text, and reports whether it is a single JSON object or empty.
func parsePayload(text []byte) (object payload, ok bool) {
	if len(text) == 0 {
		return nil, true
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil || object == nil {
		return nil, false
	}
	_, err := decoder.Token()
	return object, err == io.EOF
}

// text returns a value converted to a string, as operators do with any value, and false if it is
// missing or null.
func (p payload) text(name string) (string, bool) {
	value := p[name]
	return textOf(value), value != nil
}

// textOf converts a value to a string as Java does: arrays to [a, b], objects to {a=1, b=2}, sorted
// by name. Numbers stay as they are written.
func textOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return value
	case []any:
		var texts []string
		for _, element := range value {
			texts = append(texts, textOf(element))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case map[string]any:
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			texts = append(texts, name+"="+textOf(value[name]))
		}
		return "{" + strings.Join(texts, ", ") + "}"
	}
	return fmt.Sprint(value)
}
