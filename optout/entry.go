package optout

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Entry is one opt-out, as the log keeps it. It prints and logs without the raw UID.
type Entry struct {
	UID        codec.RawUID // canonical
	SinceMs    int64        // when the user opted out, Unix milliseconds
	ReceivedMs int64        // when we learned of it, Unix milliseconds
}

// String returns the time alone.
func (e Entry) String() string { return fmt.Sprintf("[opt-out since %d]", e.SinceMs) }

// Format writes what String returns, for every verb.
func (e Entry) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.String()) }

// LogValue returns what String returns.
func (e Entry) LogValue() slog.Value { return slog.StringValue(e.String()) }

// ErrEntry: bytes in a log that aren't a valid entry.
var ErrEntry = errors.New("optout: damaged entry")

// An entry, 48 or 49 bytes: u64 since, u64 received, both in ms; raw UID, 32 or 33 bytes.
const (
	receivedAt = 8
	uidAt      = 16
	rawUIDSize = 33 // maximum
)

// append appends the bytes of an entry to dst.
func (e *Entry) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.SinceMs))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.ReceivedMs))
	return e.UID.AppendBytes(dst)
}

func parseEntry(b []byte) (e Entry, err error) {
	if len(b) < uidAt {
		return Entry{}, ErrEntry
	}
	if e.UID, err = codec.NewRawUID(b[uidAt:]); err != nil {
		return Entry{}, ErrEntry
	}
	e.SinceMs = int64(binary.BigEndian.Uint64(b))
	e.ReceivedMs = int64(binary.BigEndian.Uint64(b[receivedAt:]))
	return e, nil
}
