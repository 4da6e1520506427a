package openrtb

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// Annotation is the ext.uid2 of a uid: the outcome of its token's decryption. Empty fields are
// omitted from the JSON.
//
// It may hold a raw UID. It prints, logs and marshals without it; only AppendJSON writes it.
type Annotation struct {
	Status          string   // what came of the token, as named by package codec, or Withheld
	Reason          string   // why the raw UID was withheld
	Raw             string   // the raw UID, in base64
	OptedOut        OptedOut // whether the user opted out; null if nobody knows
	OptedOutSinceMs int64    // since when, Unix ms
	Type            string   // "email" or "phone": what the raw UID was made of
	Version         int      // of the token
	EstablishedMs   int64    // when the site first got a token for this user, Unix ms
	ExpiresMs       int64    // the last millisecond in which the token may be used, Unix ms
	SiteID          uint32   // of the site that the token belongs to
	HasSiteID       bool     // reports whether SiteID is known; it may be 0
}

// OptedOut is the value of opted_out in an annotation.
type OptedOut uint8

const (
	OptedOutAbsent OptedOut = iota // the member is omitted
	OptedOutFalse                  // false
	OptedOutTrue                   // true
	OptedOutNull                   // null: unknown
)

var optedOutWords = [...]string{OptedOutFalse: "false", OptedOutTrue: "true", OptedOutNull: "null"}

// AppendJSON appends the annotation as a JSON object to dst. It allocates only if dst is too short;
// 300 bytes are enough for every annotation that this module writes.
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

// appendNumber omits a number that is 0, which means unknown.
func appendNumber(dst []byte, name string, n int64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), n, 10)
}

// appendQuoted appends text as a JSON string. Text that needs escaping is rare and may be slow.
func appendQuoted(dst []byte, text string) []byte {
	if !strictjson.IsPlain(text) {
		quoted, _ := json.Marshal(text) // marshaling a string can't fail
		return append(dst, quoted...)
	}
	return append(append(append(dst, '"'), text...), '"')
}

// String returns the status only.
func (a Annotation) String() string { return "[annotation " + a.Status + "]" }

// GoString returns what String returns.
func (a Annotation) GoString() string { return a.String() }

// Format writes what String returns, for every verb.
func (a Annotation) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) }

// LogValue returns what String returns.
func (a Annotation) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText returns what String returns.
func (a Annotation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
