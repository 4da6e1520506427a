package optout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// openLog opens a log, and closes it with the test.
func openLog(t *testing.T, path string) *File {
	t.Helper()
	file, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// writeMixed writes a log of several portions with quarantined values across their borders, and
// opt-outs of users who are in it before.
func writeMixed(t *testing.T, path string) {
	t.Helper()
	log, err := startLog(path)
	if err != nil {
		t.Fatal(err)
	}
	for portion := range 4 {
		for i := range readChunk - 10 {
			if err := log.addEntry(Entry{UID: *alike(t, uint64(portion*readChunk/2+i), 32), SinceMs: int64(1+portion) * 1000, ReceivedMs: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if err := log.addOther(&record{kind: kindValue, what: bytes.Repeat([]byte("x"), 40*payloadSize), receivedMs: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(log.takePlace(figure{}), log.file.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLoadInto: all cores together put into an index what one would find that reads entry after
// entry, and report rising numbers up to the end.
func TestLoadInto(t *testing.T) {
	path := filepath.Join(t.TempDir(), "optouts.db")
	writeMixed(t, path)
	file := openLog(t, path)
	for _, after := range []uint64{0, 1, readChunk - 10, readChunk + 100, file.end.Load()} {
		loaded, replayed := NewIndex(), NewIndex()
		replayed.hasher = loaded.hasher
		upTo := after
		if err := file.loadInto(context.Background(), loaded, after, func(n uint64) {
			if n < upTo {
				t.Errorf("after %d: up to %d, after %d", after, n, upTo)
			}
			upTo = n
		}); err != nil {
			t.Fatal(err)
		}
		if upTo != file.end.Load() {
			t.Errorf("after %d: it ends at %d of %d", after, upTo, file.end.Load())
		}
		if err := file.Replay(context.Background(), after, func(_ uint64, e Entry) error {
			replayed.Add(e.UID, e.SinceMs)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		sameUsers(t, loaded, replayed)
	}
}

// sameUsers checks that two indexes with the same hasher have the same users and times.
func sameUsers(t *testing.T, a, b *Index) {
	t.Helper()
	if a.Len() != b.Len() {
		t.Errorf("%d users and %d", a.Len(), b.Len())
	}
	for i := range b.segments {
		of := b.segments[i].table.Load()
		if of == nil {
			continue
		}
		of.each(func(hash uint64, seconds uint32) {
			got, found := uint32(0), false
			if in := a.segments[i].table.Load(); in != nil {
				got, found = in.lookup(hash)
			}
			if !found || got != seconds {
				t.Errorf("a user is there: %v, since %d, not %d", found, got, seconds)
			}
		})
	}
}

// TestLoadIntoDamage: wherever a log is damaged, what is reported is the first damage.
func TestLoadIntoDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "optouts.db")
	writeMixed(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{1, readChunk - 9, readChunk - 8, readChunk, readChunk + 1, 2*readChunk + 7, 3 * readChunk} {
		for _, kind := range []byte{kindMore, kindEntry, 0} {
			t.Run(fmt.Sprintf("%d %q", at, kind), func(t *testing.T) {
				broken := bytes.Clone(whole)
				broken[offset(uint64(at))] = kind
				broken[offset(uint64(at))+3]++
				broken[offset(3*readChunk+99)+3]++ // and a later one
				if err := os.WriteFile(path, broken, 0o600); err != nil {
					t.Fatal(err)
				}
				file := openLog(t, path)
				want := file.Replay(context.Background(), 0, func(uint64, Entry) error { return nil })
				got := file.loadInto(context.Background(), NewIndex(), 0, func(uint64) {})
				if !errors.Is(got, ErrDamaged) || got.Error() != want.Error() {
					t.Errorf("loading says %v, replaying %v", got, want)
				}
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// TestLoadIntoEnds: a load ends with its context.
func TestLoadIntoEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "optouts.db")
	writeMixed(t, path)
	ctx, cancel := context.WithCancel(context.Background())
	err := openLog(t, path).loadInto(ctx, NewIndex(), 0, func(uint64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestTrim: a log in which the same users opt out again and again takes no more memory than those
// users.
func TestTrim(t *testing.T) {
	const users, times = 20_000, 10
	path := filepath.Join(t.TempDir(), "optouts.db")
	log, err := startLog(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range users * times {
		if err := log.addEntry(Entry{UID: *alike(t, uint64(i%users), 32), SinceMs: int64(i), ReceivedMs: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(log.takePlace(figure{}), log.file.Close()); err != nil {
		t.Fatal(err)
	}
	x := NewIndex()
	if err := openLog(t, path).loadInto(context.Background(), x, 0, func(uint64) {}); err != nil {
		t.Fatal(err)
	}
	if a := float64(x.Bytes()) / float64(x.Len()); x.Len() != users || a > 18 {
		t.Errorf("%d users take %.1f bytes each", x.Len(), a)
	}
}

// TestPortionsFail: of the errors of several portions, that of the first one counts.
func TestPortionsFail(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	p := &portions{progress: func(upTo uint64) { t.Errorf("progress up to %d", upTo) }}
	p.done(20, second)
	p.done(10, first)
	p.done(30, second)
	if p.err != first || p.failed != 10 {
		t.Errorf("%v at %d", p.err, p.failed)
	}
}
