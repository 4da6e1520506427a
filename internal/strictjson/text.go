package strictjson

import (
	"encoding/json"

	"github.com/buger/jsonparser"
)

// Text is a string of the input, without its quotation marks.
type Text struct {
	Span
	Escaped bool // something in it is written with a backslash
}

// Text reads a string. Bytes that aren't UTF-8 are let pass, as readers of bid requests do.
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

// Decoded returns what the string stands for: the bytes of data themselves if nothing is escaped in
// it.
func (t Text) Decoded(data []byte) []byte {
	if !t.Escaped {
		return t.Of(data)
	}
	return t.unescaped(data)
}

// unescaped is Decoded where something is escaped. It is apart so that Decoded is inlined.
func (t Text) unescaped(data []byte) []byte {
	raw := t.Of(data)
	if clear, err := jsonparser.Unescape(raw, nil); err == nil {
		return clear
	}
	// Should jsonparser refuse what the scanner let pass, as old versions do with lone
	// surrogates, the standard library decides.
	var clear string
	if json.Unmarshal(data[t.Start-1:t.End+1], &clear) != nil {
		return nil
	}
	return []byte(clear)
}
