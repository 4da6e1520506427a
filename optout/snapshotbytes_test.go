package optout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestSnapshotBytes pins the bytes of a snapshot, which all later versions must be able to read.
func TestSnapshotBytes(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	x := NewIndex()
	x.hasher = hasherOf(0x0102030405060708)
	x.addHash(63<<58|5, 0x11121314) // the last segment
	sum, err := writeSnapshot(context.Background(), snapshotPath(log), x, 0x2122, 0x3132)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(snapshotPath(log))
	if err != nil {
		t.Fatal(err)
	}
	const header, segment, pair = 40 + 64*48, 48, 16 * 12
	if len(b) != header+pair || sha256.Sum256(b[:header]) != sum {
		t.Fatalf("%d bytes", len(b))
	}
	want := []byte("UID2OPT4\x08\x07\x06\x05\x04\x03\x02\x01\x32\x31\x00\x00\x00\x00\x00\x00\x22\x21\x00\x00\x00\x00\x00\x00")
	if !bytes.Equal(b[:len(want)], want) || binary.LittleEndian.Uint32(b[36:]) != 0 {
		t.Errorf("% x", b[:40])
	}
	users := make([]byte, pair)
	binary.LittleEndian.PutUint64(users, 63<<58|5)
	binary.LittleEndian.PutUint32(users[16*8:], 0x11121314)
	if !bytes.Equal(b[header:], users) {
		t.Errorf("% x", b[header:])
	}
	last := b[40+63*segment:]
	if sum := sha256.Sum256(users); binary.LittleEndian.Uint64(last) != 1 || binary.LittleEndian.Uint64(last[8:]) != 1 || !bytes.Equal(last[16:48], sum[:]) {
		t.Errorf("% x", last[:segment])
	}

	snap, err := openAnySnapshot(log)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.close()
	if snap.logID() != 0x2122 || snap.covers() != 0x3132 || snap.seed() != 0x0102030405060708 {
		t.Errorf("%x, %x, %x", snap.logID(), snap.covers(), snap.seed())
	}
	if _, err := openSnapshotFile(snapshotPath(log), sum[:]); err != nil {
		t.Error(err)
	}
	sum[0]++
	if _, err := openSnapshotFile(snapshotPath(log), sum[:]); !errors.Is(err, ErrSnapshot) {
		t.Error(err)
	}
	for at := range 40 {
		damaged := bytes.Clone(b)
		damaged[at]++
		if err := os.WriteFile(snapshotPath(log), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openAnySnapshot(log); !errors.Is(err, ErrSnapshot) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// TestSnapshotWithUsersMissing: a segment that doesn't have the number of users that it states, or
// that is full, isn't used, even though its checksum is right.
func TestSnapshotWithUsersMissing(t *testing.T) {
	full := newTable(1)
	for n := range uint64(2 * bucketSize) {
		full.put(n+1, 1)
	}
	some := newTable(1)
	some.put(7, 1)
	some.put(8, 1)
	for name, c := range map[string]struct {
		t     *table
		users uint64
		want  error
	}{
		"right": {some, 2, nil}, "fewer": {some, 3, errUsers}, "more": {some, 1, errUsers}, "full": {full, 2 * bucketSize, errUsers},
	} {
		b := c.t.append(nil)
		file, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.Write(append([]byte("head"), b...)); err != nil {
			t.Fatal(err)
		}
		s := &snapshot{file: file}
		if _, err := s.readTable(section{at: 4, pairs: 1, users: c.users, sum: sha256.Sum256(b)}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.readTable(section{at: 5, pairs: 1, users: c.users, sum: sha256.Sum256(b)}); err == nil {
			t.Errorf("%s: read past the end", name)
		}
		if _, err := s.readTable(section{at: 4, pairs: 1 << 60, users: c.users, sum: sha256.Sum256(b)}); err == nil {
			t.Errorf("%s: read far past the end", name)
		}
	}
}

// TestInstall: a snapshot's segment is merged with the users added before, each once and with the
// later time.
func TestInstall(t *testing.T) {
	var s segment
	s.add(1, 10)
	s.add(2, 10)
	loaded := newTable(1)
	loaded.put(2, 20)
	loaded.put(3, 30)
	loaded.put(4, 40)
	if added := s.install(loaded, 3); added != 2 || s.users != 4 {
		t.Errorf("%d added, %d users", added, s.users)
	}
	for hash, want := range map[uint64]uint32{1: 10, 2: 20, 3: 30, 4: 40} {
		if seconds, found := s.table.Load().lookup(hash); !found || seconds != want {
			t.Errorf("%d: %d, %v", hash, seconds, found)
		}
	}
	var empty segment
	if b, pairs, users := empty.copy([]byte("x")); string(b) != "x" || pairs != 0 || users != 0 {
		t.Errorf("an empty one has %d bytes, %d pairs, %d users", len(b), pairs, users)
	}
	if added := empty.install(loaded, 3); added != 3 {
		t.Errorf("%d added to nobody", added)
	}
}

// TestSnapshotNotWritten: a snapshot that can't be written, or is canceled, is an error, and leaves
// no files.
func TestSnapshotNotWritten(t *testing.T) {
	dir := t.TempDir()
	x := NewIndex()
	x.addHash(1, 1)
	if _, err := writeSnapshot(context.Background(), filepath.Join(dir, "none", "file"), x, 1, 1); err == nil {
		t.Error("written into a missing directory")
	}
	taken := filepath.Join(dir, "taken")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := writeSnapshot(context.Background(), taken, x, 1, 1); err == nil {
		t.Error("it took the place of a directory")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := writeSnapshot(ctx, filepath.Join(dir, "file"), x, 1, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if all, err := os.ReadDir(dir); len(all) != 1 || err != nil {
		t.Errorf("%d are left, %v", len(all), err)
	}
}
