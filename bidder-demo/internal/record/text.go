package record

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxText is how many bytes of a text are kept.
const maxText = 256 << 10

// text is the beginning of a text that went by.
type text struct {
	kept   []byte
	length int // of the whole
}

func textOf(b []byte) (t text) {
	_, _ = t.Write(b)
	return t
}

// Write keeps what still fits. It never fails.
func (t *text) Write(b []byte) (int, error) {
	t.length += len(b)
	t.kept = append(t.kept, b[:min(len(b), maxText-len(t.kept))]...)
	return len(b), nil
}

// whole returns the text, or nil if only a part of it was kept.
func (t *text) whole() []byte {
	if t.length > len(t.kept) {
		return nil
	}
	return t.kept
}

func (t *text) count(what string) int { return bytes.Count(t.kept, []byte(what)) }

// indented returns JSON indented, and anything else as it is.
func (t *text) indented() string {
	var pretty bytes.Buffer
	switch err := json.Indent(&pretty, t.kept, "", "  "); {
	case t.length > len(t.kept):
		return fmt.Sprintf("%s\n… %d bytes more, which were not kept", t.kept, t.length-len(t.kept))
	case err != nil:
		return string(t.kept)
	}
	return string(bytes.TrimSpace(pretty.Bytes()))
}
