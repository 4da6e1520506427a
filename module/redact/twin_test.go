package redact_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// twin says in the plainest way what a match is: from every place, for every raw UID, character by character, each as
// it is or escaped. It knows no character references and no escape of an escape but those of JSON and URLs.
func twin(text string, raws []string) bool {
	for i := range text {
		for _, raw := range raws {
			if twinRaw(text[i:], raw) {
				return true
			}
		}
	}
	return false
}

func twinRaw(text, raw string) bool {
	for i := range len(strings.TrimRight(raw, "=")) {
		n := twinChar(text, raw[i])
		if n == 0 {
			return false
		}
		text = text[n:]
	}
	return true
}

// twinChar returns the length of the encoding of c at the start of text, or 0.
func twinChar(text string, c byte) int {
	unescaped := strings.TrimLeft(text, `\`)
	backslashes := len(text) - len(unescaped)
	switch {
	case text == "" || unescaped == "":
		return 0
	case backslashes == 0 && (text[0] == c || c == '+' && text[0] == '-' || c == '/' && text[0] == '_'):
		return 1
	case backslashes > 0 && c == '/' && unescaped[0] == c:
		return backslashes + 1
	case backslashes > 0 && len(unescaped) >= 5 && unescaped[:3] == "u00" && isHex(unescaped[3:5], c):
		return backslashes + 5
	case text[0] == '%':
		n := 1
		for strings.HasPrefix(text[n:], "25") {
			n += 2
		}
		if len(text) >= n+2 && isHex(text[n:n+2], c) {
			return n + 2
		}
	}
	return 0
}

func isHex(digits string, c byte) bool {
	n, err := strconv.ParseUint(digits, 16, 8)
	return err == nil && byte(n) == c
}

var (
	percents    = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	backslashes = regexp.MustCompile(`\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\[/\\"]`)
	references  = regexp.MustCompile(`&(#[0-9]{1,20}|#[xX][0-9A-Fa-f]{1,20}|plus|sol|equals|lowbar|amp|num|semi|percnt|bsol);`)
)

// decoders undo one kind of escape each, wherever it stands.
var decoders = []func(string) string{
	func(s string) string { return percents.ReplaceAllStringFunc(s, lastByte) },
	func(s string) string {
		return backslashes.ReplaceAllStringFunc(s, func(e string) string {
			if len(e) == 2 {
				return e[1:]
			}
			return lastByte(e)
		})
	},
	func(s string) string { return references.ReplaceAllStringFunc(s, html.UnescapeString) },
}

func lastByte(escape string) string {
	n, err := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
	if err != nil {
		panic(err)
	}
	return string([]byte{byte(n)})
}

// decodesTo reports whether any order of a few decodings brings a raw UID out of text.
func decodesTo(text string, raws []string, depth int) bool {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(text)
	for _, raw := range raws {
		if strings.Contains(plain, strings.TrimRight(raw, "=")) {
			return true
		}
	}
	for _, decode := range decoders {
		if depth > 0 {
			if decoded := decode(text); decoded != text && decodesTo(decoded, raws, depth-1) {
				return true
			}
		}
	}
	return false
}
