package optout

import (
	"context"
	"os"
	"testing"
	"time"
)

// OnStep sets a function that is called between the steps of operations that must be atomic, until
// restore is called.
func OnStep(f func()) (restore func()) {
	before := reached
	reached = f
	return func() { reached = before }
}

// SetPlace records in a log that it is a copy of a stream up to a position.
func SetPlace(b *File, position uint64) error {
	return b.setPlace(context.Background(), place{stream: 7, position: position, sentNs: 9}, b.end.Load())
}

// Position returns how far a log is a copy of a stream.
func Position(b *File) (uint64, error) {
	at, _, err := b.place()
	return at.position, err
}

// Cells returns the number of a log's last cell.
func Cells(b *File) uint64 { return b.end.Load() }

// Placed returns the last cell of a log whose content the stream is known to have.
func Placed(b *File) uint64 { return b.known.Load().placed }

// MakeNewer gives a log the next format version.
func MakeNewer(t *testing.T, path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, _ := headerOf(b)
	copy(b, header{logVersion + 1, h.id}.cell())
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// AppendCell appends a cell with any kind and content, and with its checksum.
func AppendCell(b *File, kind byte, payload []byte) error {
	return b.write(context.Background(), &write{cells: appendCell(nil, kind, payload)})
}

// StartPoller is NewPoller for options that are possible.
func StartPoller(t testing.TB, s *Store, ask Ask, opts ...PollerOption) *Poller {
	t.Helper()
	p, err := NewPoller(s, ask, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// AgeSecrets makes r's secrets as old as they get before they are read again.
func AgeSecrets(r *Receiver) {
	then := time.Now().Add(-2 * secretsAge)
	r.authentication.source().began.Store(&then)
}
