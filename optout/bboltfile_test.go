package optout_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/uid2rtb/uid2rtb/optout"
)

// writeOld writes a log in the format of earlier versions: a bbolt bucket for entries, with one
// transaction per ten entries, and one bucket for the quarantine. mend changes the database at the
// end.
func writeOld(t *testing.T, file string, users int, mend func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	update := func(do func(*bbolt.Tx) error) {
		if err := db.Update(do); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"entries", "quarantine", "stream", "snapshot"} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	for i := 0; i < users; i += 10 {
		update(func(tx *bbolt.Tx) error {
			for n := i; n < min(i+10, users); n++ {
				value := binary.BigEndian.AppendUint64(nil, uint64(n+1)*1000)
				value = binary.BigEndian.AppendUint64(value, uint64(n+2)*1000)
				if err := putNext(tx.Bucket([]byte("entries")), numbered(n).Canonical().AppendBytes(value)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	update(func(tx *bbolt.Tx) error {
		return putNext(tx.Bucket([]byte("quarantine")), append(binary.BigEndian.AppendUint64(nil, 7), "junk"...))
	})
	if mend != nil {
		update(mend)
	}
}

func putNext(bucket *bbolt.Bucket, value []byte) error {
	number, err := bucket.NextSequence()
	if err != nil {
		return err
	}
	return bucket.Put(binary.BigEndian.AppendUint64(nil, number), value)
}

// TestOldFormat: a log in the format of bbolt can be read, first read-only, and is then converted.
func TestOldFormat(t *testing.T) {
	for _, users := range []int{0, 1, 25, 5000} {
		file := path(t)
		writeOld(t, file, users, nil)
		old := read(t, file)
		log, err := optout.OpenReadOnly(file)
		if err != nil {
			t.Fatal(err)
		}
		s := optout.Open(log)
		if err := s.WaitSynced(context.Background()); err != nil {
			t.Fatal(err)
		}
		hasExactly(t, s, users)
		s.Close()
		if !bytes.Equal(read(t, file), old) {
			t.Fatal("opening read-only wrote")
		}
		s = open(t, file)
		hasExactly(t, s, users)
		fill(t, s, users, users+10)
		if bytes.Equal(read(t, file)[:64], old[:64]) {
			t.Error("it is still of the old format")
		}
		if n, err := quarantined(t, s, file); n != 1 || err != nil {
			t.Errorf("%d in quarantine, %v", n, err)
		}
		hasExactly(t, open(t, file), users+10)
	}
}

// TestOldProgram: bbolt, and so earlier versions, refuse a file in the new format.
func TestOldProgram(t *testing.T) {
	file := path(t)
	s := open(t, file)
	fill(t, s, 0, 1000)
	s.Close()
	if _, err := bbolt.Open(file, 0o600, nil); err == nil {
		t.Error("bbolt opens it")
	}
	hasExactly(t, open(t, file), 1000)
}

// TestOldDamaged: a log with an invalid or missing entry, or without its end, isn't complete, and
// isn't converted.
func TestOldDamaged(t *testing.T) {
	entry := func(size int) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return putNext(tx.Bucket([]byte("entries")), make([]byte, size)) }
	}
	remove := func(bucket string, number uint64) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucket)).Delete(binary.BigEndian.AppendUint64(nil, number))
		}
	}
	for name, mend := range map[string]func(*bbolt.Tx) error{
		"an entry of 10 bytes": entry(10), "an entry without a raw UID": entry(16), "a short raw UID": entry(16 + 31), "a long one": entry(16 + 34),
		"the first one missing": remove("entries", 1), "one missing": remove("entries", 70), "the last one missing": remove("entries", 200),
		"one missing, and another one behind the end": func(tx *bbolt.Tx) error {
			bucket := tx.Bucket([]byte("entries"))
			return errors.Join(remove("entries", 70)(tx), bucket.Put(binary.BigEndian.AppendUint64(nil, 201), make([]byte, 48)))
		},
		"a quarantined value missing": remove("quarantine", 1),
		"no bucket":                   func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("entries")) },
		"a key of 9 bytes":            func(tx *bbolt.Tx) error { return tx.Bucket([]byte("entries")).Put(make([]byte, 9), make([]byte, 48)) },
		"a sequence that is too low":  func(tx *bbolt.Tx) error { return tx.Bucket([]byte("entries")).SetSequence(100) },
	} {
		file := path(t)
		writeOld(t, file, 200, mend)
		refusesOld(t, name, file)
	}
}

// TestOldDamagedMeta: without one of the two meta pages, the last transaction may be missing. A
// repair keeps what there is, and reports that.
func TestOldDamagedMeta(t *testing.T) {
	for page := range 2 {
		for _, filler := range []byte{0, 0xFF} {
			file := path(t)
			writeOld(t, file, 200, nil)
			damaged := read(t, file)
			copy(damaged[os.Getpagesize()*page:], bytes.Repeat([]byte{filler}, os.Getpagesize()))
			state{"": damaged}.write(t, file)
			refusesOld(t, "a meta page", file)
			if done, err := optout.Repair(context.Background(), file, optout.RepairOptions{}); !errors.Is(err, optout.ErrLoss) || !done.EndUnknown {
				t.Errorf("%+v, %v", done, err)
			}
			if _, err := optout.Repair(context.Background(), file, optout.RepairOptions{AcceptLoss: true}); err != nil {
				t.Error(err)
			}
			hasExactly(t, open(t, file), 200)
		}
	}
}

// refusesOld checks that an old log is reported as damaged and left unchanged.
func refusesOld(t *testing.T, name, file string) {
	t.Helper()
	before := read(t, file)
	for _, open := range []func() (*optout.File, error){
		func() (*optout.File, error) { return optout.OpenFile(file) }, func() (*optout.File, error) { return optout.OpenReadOnly(file) },
	} {
		log, err := open()
		if !errors.Is(err, optout.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			log.Close()
		}
	}
	if _, err := optout.Compact(context.Background(), file); !errors.Is(err, optout.ErrDamaged) {
		t.Errorf("%s: compaction: %v", name, err)
	}
	if !bytes.Equal(read(t, file), before) {
		t.Errorf("%s: it was changed", name)
	}
}

// TestOldDamagedPages: noise in an old log is reported, unless it hit unused space, or an entry,
// which had no checksum: no entry is ever omitted.
func TestOldDamagedPages(t *testing.T) {
	whole := path(t)
	writeOld(t, whole, damagedUsers, nil)
	content := read(t, whole)
	random := rand.New(rand.NewPCG(1, 2))
	told := 0
	for n := range 10 * *trials {
		damaged := state{"": bytes.Clone(content)}
		kind := []string{"a bit", "a sector of zeros", "a sector of noise", "a page of zeros", "two pages swapped", "the first page", "cut off"}[n%7]
		kinds[kind](random, damaged, "", nil)
		if n%11 == 0 {
			clear(damaged[""][os.Getpagesize():][:os.Getpagesize()]) // the second meta page
		}
		t.Run(kind, func(t *testing.T) { // releases its files at the end
			file := path(t)
			damaged.write(t, file)
			log, err := optout.OpenFile(file)
			if errors.Is(err, optout.ErrDamaged) {
				told++
				return
			}
			if err != nil {
				t.Fatalf("trial %d: %v", n, err)
			}
			defer log.Close()
			found := 0
			if err := log.Replay(context.Background(), 0, func(uint64, optout.Entry) error { found++; return nil }); err != nil || found != damagedUsers {
				t.Fatalf("trial %d: %d entries, %v", n, found, err)
			}
		})
	}
	t.Logf("%d reported", told)
}

// TestOldEachByte: flipping a bit of any non-zero byte of an old log, or any bit of a page's
// header, is reported, unless it is in an entry, which had no checksum, or in unused space: no
// entry is omitted, and none gets another number. A repair then keeps what is intact.
func TestOldEachByte(t *testing.T) {
	t.Parallel()
	for users, least := range map[int]int{9: 100, 30: 200} { // with few users, their entries share a page with the buckets; with more, they have one of their own
		file := path(t)
		writeOld(t, file, users, nil)
		whole := read(t, file)
		told := 0
		for bit := range 8 * len(whole) {
			at := bit / 8
			if head := at%os.Getpagesize() < 16; !head && (whole[at] == 0 || bit%8 != at%8) {
				continue
			}
			damaged := bytes.Clone(whole)
			damaged[at] ^= 1 << (bit % 8)
			state{"": damaged}.write(t, file)
			log, err := optout.OpenReadOnly(file)
			if err == nil {
				sameButOne(t, at, log, users)
				log.Close()
				continue
			}
			if told++; !errors.Is(err, optout.ErrDamaged) {
				t.Errorf("byte %d: %v", at, err)
			}
			if v, err := optout.Verify(context.Background(), file); err != nil || v.Intact() || !v.OldFormat && at > os.Getpagesize() {
				t.Errorf("byte %d: verified %+v, %v", at, v, err)
			}
		}
		t.Logf("%d users: %d reported", users, told)
		if told < least {
			t.Errorf("%d users: only %d were reported", users, told)
		}
	}
}

// TestOldWithoutBuckets: a file whose process died before its first transaction is an empty log.
func TestOldWithoutBuckets(t *testing.T) {
	file := path(t)
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, file)
	hasExactly(t, s, 0)
	fill(t, s, 0, 5)
	s.Close()
	hasExactly(t, open(t, file), 5)
}

// sameButOne checks that a log has entries with consecutive numbers, all but one of which are
// right.
func sameButOne(t *testing.T, at int, log *optout.File, users int) {
	t.Helper()
	found, others := 0, 0
	if err := log.Replay(context.Background(), 0, func(number uint64, e optout.Entry) error {
		if e.UID != numbered(found).Canonical() || e.SinceMs != int64(found+1)*1000 || e.ReceivedMs != int64(found+2)*1000 {
			others++
		}
		if found++; number != uint64(found) {
			t.Errorf("byte %d: number %d is %d", at, found, number)
		}
		return nil
	}); err != nil || found != users || others > 1 {
		t.Errorf("byte %d: %d entries, %d others, %v", at, found, others, err)
	}
}
