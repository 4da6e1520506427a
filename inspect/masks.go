package inspect

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/module/redact"
)

// masked stands where a raw UID stood.
const masked = "•••"

// Mask returns a text of JSON without raw UIDs: in each string, 43 or 44 characters of base64 in a row
// are taken for one, whatever they are. The text itself stays as it is. It takes time linear in the
// text.
//
// It doesn't find a raw UID that stands right beside other characters of base64, or in escapes of
// another language than JSON.
func Mask(text []byte) []byte {
	return replaceStrings(text, func(value []byte) []byte { return []byte(maskRuns(string(value))) })
}

// masker takes raw UIDs out of what a report says of a request.
type masker struct {
	reveal bool
	known  *redact.Set // the raw UIDs that a bidder would get, in any encoding
}

func newMasker(reveal bool, known []string) *masker {
	return &masker{reveal: reveal, known: redact.New(known)}
}

// text masks what isn't JSON.
func (m *masker) text(s string) string {
	if m.reveal {
		return s
	}
	clean, found := m.known.String(s)
	if found > 0 {
		clean = strings.ReplaceAll(clean, redact.Replacement, masked)
	}
	return maskRuns(clean)
}

// texts masks a list in place.
func (m *masker) texts(list []string) {
	for i := range list {
		list[i] = m.text(list[i])
	}
}

// json masks a JSON text.
func (m *masker) json(text []byte) []byte {
	if m.reveal {
		return text
	}
	clean, found := m.known.Bytes(text)
	if found > 0 {
		clean = bytes.ReplaceAll(clean, []byte(redact.Replacement), []byte(masked))
	}
	return Mask(clean)
}

// withForgeries masks a JSON text that came from a caller. Its annotations are masked even where raw
// UIDs are revealed: nobody knows whose they hold.
func (m *masker) withForgeries(text []byte) []byte { return m.json(maskForgeries(text)) }

// Lengths of a raw UID in base64 without padding.
const (
	shortestRaw = 43
	longestRaw  = 44
)

// maskRuns masks what may be a raw UID: so many characters of base64 in a row, and the padding.
func maskRuns(s string) string {
	var clean strings.Builder
	copied := 0
	for at := 0; at < len(s); at++ {
		start := at
		for at < len(s) && isBase64Byte(s[at]) {
			at++
		}
		if n := at - start; n < shortestRaw || n > longestRaw {
			continue
		}
		clean.WriteString(s[copied:start])
		clean.WriteString(masked)
		if copied = at; at < len(s) && s[at] == '=' {
			copied++
		}
	}
	if copied == 0 {
		return s
	}
	clean.WriteString(s[copied:])
	return clean.String()
}

func isBase64Byte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_'
}

// replaceStrings replaces the strings of a JSON text, keys included, by what replace makes of them
// decoded. Where the text isn't JSON the rest stays as it is.
func replaceStrings(text []byte, replace func(value []byte) []byte) []byte {
	var out []byte
	copied := 0
	s := strictjson.Scanner{Data: text}
	for {
		quote := bytes.IndexByte(text[s.At:], '"')
		if quote < 0 {
			break
		}
		s.At += quote
		start := s.At
		value, err := s.Text()
		if err != nil {
			break
		}
		before := value.Decoded(text)
		after := replace(before)
		if bytes.Equal(before, after) {
			continue
		}
		out = append(append(out, text[copied:start]...), jsonString(after)...)
		copied = s.At
	}
	if copied == 0 {
		return text
	}
	return append(out, text[copied:]...)
}

// jsonString writes a JSON string.
func jsonString(value []byte) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(string(value)) // a string in memory can't fail
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
