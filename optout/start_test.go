package optout

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// startUsers is the number of users in the log of BenchmarkStart.
const startUsers = 4_000_000

// writeLog writes a log of opt-outs, user after user.
func writeLog(tb testing.TB, path string, users int) {
	tb.Helper()
	log, err := startLog(path)
	if err != nil {
		tb.Fatal(err)
	}
	var raw [32]byte
	for i := range users {
		binary.BigEndian.PutUint64(raw[8:], uint64(i))
		uid, err := codec.NewRawUID(raw[:])
		if err == nil {
			err = log.addEntry(Entry{UID: uid, SinceMs: 1_700_000_000_000 + int64(i), ReceivedMs: 1_700_000_000_000})
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := errors.Join(log.takePlace(figure{}), log.file.Close()); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkStart reads a log without a snapshot until everybody in it is known.
func BenchmarkStart(b *testing.B) {
	path := filepath.Join(b.TempDir(), "optouts.db")
	writeLog(b, path, startUsers)
	b.ResetTimer()
	for range b.N {
		file, err := OpenFile(path)
		if err != nil {
			b.Fatal(err)
		}
		s := Open(file)
		if err := s.WaitSynced(context.Background()); err != nil {
			b.Fatal(err)
		}
		if s.index.Len() != startUsers {
			b.Fatalf("%d users", s.index.Len())
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/startUsers, "ns/user")
}

// TestPrefetchWhileOpening: until the log is open, the index isn't looked at, as its seed may
// change. This store has none.
func TestPrefetchWhileOpening(t *testing.T) {
	new(Store).Prefetch(codec.RawUID{})
}
