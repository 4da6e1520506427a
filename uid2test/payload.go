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

// payload is the JSON object in a request; nil if the request is empty. Names are as they are written: operators tell email
// from Email.
type payload map[string]any

// parsePayload reports whether text is one JSON object, or nothing at all.
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

// text returns a value as text, which operators make of whatever is there. There is none of what is missing or null.
func (p payload) text(name string) (string, bool) {
	value := p[name]
	return textOf(value), value != nil
}

// textOf is what Java calls a value: [a, b] and {a=1, b=2} for arrays and objects, these by name. Numbers stay as they are
// written.
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
