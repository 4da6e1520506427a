package strictjson

import (
	"encoding/json"

	"github.com/buger/jsonparser"
)

// Text is a string of the input, without its quotation marks.
type Text struct {
	Span
	Escaped bool // it has escape sequences
}

// Text reads a string. Bytes that aren't UTF-8 are accepted, as by readers of bid requests.
func (s *Scanner) Text() (Text, error) {
	if err := s.take('"'); err != nil {
		return Text{}, err
	}
	end, escaped, ok := endOfText(s.Data, s.At)
	if !ok {
		return s.anyText()
	}
	t := Text{Span{s.At, end - 1}, escaped}
	s.At = end
	return t, nil
}

// Decoded returns the decoded string: the bytes of data themselves if it has no escape sequences.
func (t Text) Decoded(data []byte) []byte {
	if !t.Escaped {
		return t.Of(data)
	}
	return t.unescaped(data)
}

// unescaped is Decoded for strings with escape sequences. It is a separate function so that Decoded
// is inlined.
func (t Text) unescaped(data []byte) []byte {
	raw := t.Of(data)
	if clear, err := jsonparser.Unescape(raw, nil); err == nil {
		return clear
	}
	// If jsonparser refuses what the scanner accepted, as old versions do with lone surrogates,
	// the standard library decides.
	var clear string
	if json.Unmarshal(data[t.Start-1:t.End+1], &clear) != nil {
		return nil
	}
	return []byte(clear)
}
