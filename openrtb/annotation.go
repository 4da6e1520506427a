package openrtb

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
)

// Annotation is what ext.uid2 of a uid says: what became of its token. Empty fields are left out of the JSON.
//
// It may hold a raw UID. It prints, logs and marshals without it; only AppendJSON writes it.
type Annotation struct {
	Status          string   // as package codec names it, or Withheld
	Reason          string   // why it was withheld
	Raw             string   // the raw UID, in base64
	OptedOut        OptedOut // whether the user opted out
	OptedOutSinceMs int64    // Unix ms
	Type            string   // "email" or "phone"
	Version         int      // of the token
	EstablishedMs   int64    // Unix ms
	ExpiresMs       int64    // Unix ms
	SiteID          uint32
	HasSiteID       bool // SiteID is known; it may be 0
}

// OptedOut is the member opted_out of an annotation.
type OptedOut uint8

const (
	OptedOutAbsent OptedOut = iota // nothing is said
	OptedOutFalse                  // false
	OptedOutTrue                   // true
	OptedOutNull                   // null: it isn't known
)

var optedOutWords = [...]string{OptedOutFalse: "false", OptedOutTrue: "true", OptedOutNull: "null"}

// AppendJSON appends the JSON object to dst. It allocates only if dst is too short; 300 bytes are enough for all that
// this module writes.
func (a *Annotation) AppendJSON(dst []byte) []byte {
	dst = appendQuoted(append(dst, `{"status":`...), a.Status)
	if a.Reason != "" {
		dst = appendQuoted(append(dst, `,"reason":`...), a.Reason)
	}
	if a.Raw != "" {
		dst = appendQuoted(append(dst, `,"raw":`...), a.Raw)
	}
	if a.OptedOut != OptedOutAbsent && int(a.OptedOut) < len(optedOutWords) {
		dst = append(append(dst, `,"opted_out":`...), optedOutWords[a.OptedOut]...)
	}
	dst = appendNumber(dst, `,"opted_out_since":`, a.OptedOutSinceMs)
	if a.Type != "" {
		dst = appendQuoted(append(dst, `,"type":`...), a.Type)
	}
	dst = appendNumber(dst, `,"version":`, int64(a.Version))
	dst = appendNumber(dst, `,"established":`, a.EstablishedMs)
	dst = appendNumber(dst, `,"expires":`, a.ExpiresMs)
	if a.HasSiteID {
		dst = strconv.AppendUint(append(dst, `,"site_id":`...), uint64(a.SiteID), 10)
	}
	return append(dst, '}')
}

// appendNumber leaves a number that isn't known out.
func appendNumber(dst []byte, name string, n int64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), n, 10)
}

// appendQuoted writes a JSON string. What needs escaping is rare and may be slow.
func appendQuoted(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == '"' || c == '\\' || c > 0x7E {
			quoted, _ := json.Marshal(text) // a string can always be marshalled
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

// String tells the status only.
func (a Annotation) String() string { return "[annotation " + a.Status + "]" }

// GoString is String.
func (a Annotation) GoString() string { return a.String() }

// Format is String for every verb.
func (a Annotation) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) }

// LogValue is String.
func (a Annotation) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText is String.
func (a Annotation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
