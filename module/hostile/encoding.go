package hostile

import (
	"fmt"
	"html"
	"net/url"
	"strings"
)

// Encoding is a way in which a raw UID may stand in a text.
type Encoding int

// The encodings, of which [Encodings] is the list.
const (
	Plain Encoding = iota
	Unpadded
	URLAlphabet
	Percent
	PercentTwice
	PercentAll
	JSONEscapes
	JSONInJSON
	SlashEscaped
	HTMLTemplate
	HTMLDecimal
	HTMLHex
	HTMLNames
	HTMLAll
	HTMLInPercent
	encodingCount
)

var encodingNames = [...]string{"plain", "unpadded", "URL alphabet", "percent", "percent twice", "percent all", "JSON escapes", "JSON in JSON",
	"slash escaped", "html/template", "HTML decimal", "HTML hex", "HTML names", "HTML all", "HTML in percent"}

// String names the encoding.
func (e Encoding) String() string { return encodingNames[e] }

// Encodings are all of them.
func Encodings() []Encoding {
	all := make([]Encoding, encodingCount)
	for i := range all {
		all[i] = Encoding(i)
	}
	return all
}

// Encode writes a raw UID.
func (e Encoding) Encode(raw string) string {
	switch e {
	case Unpadded:
		return strings.TrimRight(raw, "=")
	case URLAlphabet:
		return strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(raw), "=")
	case Percent:
		return url.QueryEscape(raw)
	case PercentTwice:
		return url.QueryEscape(url.QueryEscape(raw))
	case PercentAll:
		return each(raw, "%%%02x", true)
	case JSONEscapes:
		return each(raw, `\u%04x`, false)
	case JSONInJSON:
		return each(raw, `\\u%04X`, false)
	case SlashEscaped:
		return strings.ReplaceAll(raw, "/", `\/`)
	case HTMLTemplate:
		return strings.ReplaceAll(raw, "+", "&#43;") // what html/template makes of it
	case HTMLDecimal:
		return each(raw, "&#%d;", false)
	case HTMLHex:
		return each(raw, "&#x%02X;", false)
	case HTMLNames:
		return strings.NewReplacer("+", "&plus;", "/", "&sol;", "=", "&equals;").Replace(raw)
	case HTMLAll:
		return each(raw, "&#%d;", true)
	case HTMLInPercent:
		return url.QueryEscape(html.EscapeString(each(raw, "&#x%x;", false)))
	}
	return raw
}

// each writes the characters of a raw UID that are no letters or digits, or all, in a format.
func each(raw, format string, all bool) string {
	var b strings.Builder
	for _, c := range raw {
		if all || strings.ContainsRune("+/=", c) {
			fmt.Fprintf(&b, format, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}
