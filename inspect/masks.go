package inspect

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/module/redact"
)

// Masked stands where a raw UID stood that isn't to be seen.
const Masked = "•••"

// Mask returns a text of JSON without raw UIDs: in each string, 43 or 44 characters of base64 in a
// row, or 64 or 66 of hexadecimal, are taken for one, whatever they are, percent-encoded or not. The
// text itself stays as it is. It takes time linear in the text.
//
// It doesn't find a raw UID that stands right beside letters or digits, or in escapes of another
// language than JSON and URLs.
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
		clean = strings.ReplaceAll(clean, redact.Replacement, Masked)
	}
	return maskRuns(clean)
}

// json masks a JSON text.
func (m *masker) json(text []byte) []byte {
	if m.reveal {
		return text
	}
	clean, found := m.known.Bytes(text)
	if found > 0 {
		clean = bytes.ReplaceAll(clean, []byte(redact.Replacement), []byte(Masked))
	}
	return Mask(clean)
}

// withForgeries masks a JSON text that came from a caller. Its annotations are masked even where raw
// UIDs are revealed: nobody knows whose they hold.
func (m *masker) withForgeries(text []byte) []byte { return m.json(maskForgeries(text)) }

// Lengths of a raw UID of 32 or 33 bytes, in base64 without padding and in hexadecimal.
const (
	shortestRaw = 43
	longestRaw  = 44
	shortestHex = 64
	longestHex  = 66
)

// longestRun is how long a run of base64 is looked into, in characters. Tokens are longer: two
// hyphens in one may be as far apart as those around a raw UID.
const longestRun = 160

// maskRuns masks what may be a raw UID: so many characters in a row, and the padding. They begin and
// end where a run of base64 does, or beside characters in it that also separate words, as slashes do
// in a URL. Percent-encoding counts as what it stands for.
func maskRuns(s string) string {
	var clean strings.Builder
	var run []int // where the characters of a run start, and where the last one ends
	copied := 0
	for at := 0; at < len(s); {
		size := base64At(s[at:])
		if size == 0 {
			at++
			continue
		}
		for run = run[:0]; size > 0; size = base64At(s[at:]) {
			run = append(run, at)
			at += size
		}
		run = append(run, at)
		if n := len(run) - 1; n < shortestRaw || n > longestRun {
			continue
		}
		for from := 0; ; {
			start, end, found := rawIn(s, run, from)
			if !found {
				break
			}
			clean.WriteString(s[copied:run[start]])
			clean.WriteString(Masked)
			copied, from = run[end], end
			if end == len(run)-1 {
				copied += paddingAt(s[copied:])
			}
		}
	}
	if copied == 0 {
		return s
	}
	clean.WriteString(s[copied:])
	return clean.String()
}

// rawIn returns the first part of a run from a character on that may be a raw UID.
func rawIn(s string, run []int, from int) (start, end int, found bool) {
	last := len(run) - 1
	for start = from; start+shortestRaw <= last; start++ {
		if start > 0 && !separates(s, run[start-1]) && start != from {
			continue
		}
		for _, size := range []int{longestHex, shortestHex, longestRaw, shortestRaw} {
			end = start + size
			if end > last || end < last && !separates(s, run[end]) {
				continue
			}
			if size <= longestRaw || isHex(s[run[start]:run[end]]) {
				return start, end, true
			}
		}
	}
	return 0, 0, false
}

// base64At returns the size of the character of base64 with which s begins, or 0.
func base64At(s string) int {
	switch {
	case s == "":
		return 0
	case isBase64Byte(s[0]):
		return 1
	}
	return escapeAt(s, "%2b", "%2f")
}

// paddingAt returns the size of the padding with which s begins.
func paddingAt(s string) int {
	if strings.HasPrefix(s, "=") {
		return 1
	}
	return escapeAt(s, "%3d")
}

func escapeAt(s string, escapes ...string) int {
	for _, escape := range escapes {
		if len(s) >= len(escape) && strings.EqualFold(s[:len(escape)], escape) {
			return len(escape)
		}
	}
	return 0
}

// separates reports whether the character there may separate words.
func separates(s string, at int) bool { return strings.IndexByte("/-_+%", s[at]) >= 0 }

func isBase64Byte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_'
}

// replaceStrings replaces the strings of a JSON text, keys included, by what replace makes of them
// decoded. From a string on that isn't JSON, as where a text was cut off, the rest is one string.
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
			return append(append(out, text[copied:start]...), replace(text[start:])...)
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
