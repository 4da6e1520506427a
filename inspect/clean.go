package inspect

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// rounds is how often wrappings are looked for in what the last one held: an encoded cookie with a
// name and quotes takes four.
const rounds = 6

// wrapping takes one kind of wrapping off a text; if there is none, it returns false.
type wrapping struct {
	note string
	take func(text string) (inner string, found bool)
}

// wrappings are what people paste around a token or a document.
var wrappings = []wrapping{
	{"White space around the text was ignored.", trimSpace},
	{"Quotes around the text were taken off.", unquote},
	{"The text was percent-encoded; it was decoded first.", unescape},
	{"The name of a cookie or parameter in front was taken off.", withoutName},
	{"The prefix UID2: or EUID: in front of the token was taken off.", withoutPrefix},
	{"Line breaks and spaces inside the text were taken out: a token has none.", joinLines},
}

// clean takes off what people paste around a text, and says so.
func clean(text string) (inner string, notes []string) {
	said := make(map[string]bool)
	for range rounds {
		before := text
		for _, w := range wrappings {
			inner, found := w.take(text)
			if !found {
				continue
			}
			text = inner
			if !said[w.note] {
				said[w.note] = true
				notes = append(notes, w.note)
			}
		}
		if text == before {
			break
		}
	}
	return text, notes
}

// trimSpace also removes what editors and chats add: byte order marks and zero-width spaces.
func trimSpace(text string) (string, bool) {
	trimmed := strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' || r == '\u200E'
	})
	return trimmed, len(trimmed) < len(text)
}

// quotes are the pairs that may stand around a text.
var quotes = []string{`""`, "''", "``", "“”", "‘’", "«»"}

// unquote takes quotes off. A JSON string is read as one: there may be JSON in it.
func unquote(text string) (string, bool) {
	var value string
	if strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &value) == nil {
		return value, true
	}
	for _, pair := range quotes {
		open, closed := pair[:len(pair)/2], pair[len(pair)/2:]
		if len(text) >= len(pair) && strings.HasPrefix(text, open) && strings.HasSuffix(text, closed) {
			return text[len(open) : len(text)-len(closed)], true
		}
	}
	return text, false
}

// unescape decodes percent-encoding. It leaves a plus sign as it is: in base64 it is a character.
func unescape(text string) (string, bool) {
	if !strings.Contains(text, "%") || isDocument(text) {
		return text, false
	}
	decoded, err := url.PathUnescape(text)
	return decoded, err == nil && decoded != text
}

// maxName is how long the name of a cookie or a parameter may be.
const maxName = 64

// withoutName takes off the name in name=value. The value must be a document, or the name must speak
// of a token or a UID: base64 may end with an equals sign, too.
func withoutName(text string) (string, bool) {
	name, value, found := strings.Cut(text, "=")
	if !found || len(name) > maxName || strings.Trim(value, "= \t\r\n") == "" || strings.ContainsAny(name, "{[\" \n") {
		return text, false
	}
	lower := strings.ToLower(name)
	if isDocument(strings.TrimLeft(value, " ")) || strings.HasPrefix(value, "%7B") || strings.Contains(lower, "uid") || strings.Contains(lower, "token") {
		return strings.TrimSuffix(value, ";"), true
	}
	return text, false
}

func withoutPrefix(text string) (string, bool) {
	token := openrtb.Token(text)
	return token, len(token) < len(text)
}

// joinLines takes the white space out of a text that is base64 without it.
func joinLines(text string) (string, bool) {
	if isDocument(text) || !strings.ContainsAny(text, " \t\r\n") {
		return text, false
	}
	joined := strings.Join(strings.Fields(text), "")
	return joined, !strings.ContainsFunc(joined, func(r rune) bool { return !isBase64(r) && r != '=' })
}

// isDocument reports whether a text begins as a JSON object or array does.
func isDocument(text string) bool {
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}
