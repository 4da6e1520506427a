package optout

import (
	"net/url"
	"strings"
)

// fields are the names and values of a query or a form, in order.
type fields []field

type field struct{ name, value string }

// of returns all values of a name.
func (f fields) of(name string) (values []string) {
	for _, field := range f {
		if field.name == name {
			values = append(values, field.value)
		}
	}
	return values
}

// fieldsOf reads a query, or a form that is encoded like one. It drops nothing, unlike
// url.ParseQuery, which drops a field with an invalid escape or a semicolon: semicolons are
// separators too, and an invalid escape is taken literally.
func fieldsOf(text string) (f fields) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		f = append(f, field{unescape(name), unescape(value)})
	}
	return f
}

// unescape is like url.QueryUnescape, but takes invalid escapes literally.
func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if char, err := url.QueryUnescape(text[i:min(i+3, len(text))]); err == nil && text[i] == '%' {
			plain.WriteString(char)
			i += 2
		} else if text[i] == '+' {
			plain.WriteByte(' ')
		} else {
			plain.WriteByte(text[i])
		}
	}
	return plain.String()
}
