//go:build go1.25

package optout_test

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

// numbered returns the raw UID of version 2 with a number.
func numbered(n int) codec.RawUID {
	var raw [32]byte
	binary.BigEndian.PutUint64(raw[8:], uint64(n))
	uid, err := codec.NewRawUID(raw[:])
	if err != nil {
		panic(err)
	}
	return uid
}

func TestIndex(t *testing.T) {
	x := optout.NewIndex()
	const n = 200_000
	for i := range n {
		x.Prefetch(numbered(i)) // in tables of every size, and none
		if !x.Add(numbered(2*i), int64(i)*1000) || x.Add(numbered(2*i), 0) {
			t.Fatalf("%d was there, or wasn't", i)
		}
	}
	if x.Len() != n {
		t.Errorf("%d users", x.Len())
	}
	for i := range n {
		if o := x.OptOut(numbered(2 * i)); o.State != bidstream.OptedOut || o.SinceMs != int64(i)*1000 {
			t.Fatalf("%d: %v since %d", i, o.State, o.SinceMs)
		}
		if o := x.OptOut(numbered(2*i + 1)); o != (bidstream.OptOut{State: bidstream.NotOptedOut}) {
			t.Fatalf("%d: %v", i, o.State)
		}
	}
}

// TestIndexTimes: the latest time counts, in any order, and extreme times are clamped.
func TestIndexTimes(t *testing.T) {
	x := optout.NewIndex()
	for _, c := range []struct{ add, want int64 }{{5999, 5000}, {3000, 5000}, {7000, 7000}, {-1, 7000}, {1 << 62, (1<<32 - 1) * 1000}, {0, (1<<32 - 1) * 1000}} {
		x.Add(numbered(1), c.add)
		if o := x.OptOut(numbered(1)); o.SinceMs != c.want {
			t.Errorf("after %d: since %d, want %d", c.add, o.SinceMs, c.want)
		}
	}
	if x.Add(codec.RawUID{}, 1) || x.Len() != 1 {
		t.Error("nobody has opted out")
	}
}

// TestIndexCanonical: an opt-out of a version 4 raw UID is announced without its environment.
func TestIndexCanonical(t *testing.T) {
	full, err := codec.ParseRawUID("oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1")
	if err != nil {
		t.Fatal(err)
	}
	announced, err := codec.DecodeRawUID("IA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1")
	if err != nil {
		t.Fatal(err)
	}
	x := optout.NewIndex()
	x.Add(announced, 1000)
	if x.OptOut(full).State != bidstream.OptedOut || x.OptOut(announced).State != bidstream.OptedOut || x.Add(full, 1000) {
		t.Error("the two forms are different users")
	}
}

// TestIndexConcurrently looks users up while others are added and segments grow: an added user is
// found from then on.
func TestIndexConcurrently(t *testing.T) {
	x := optout.NewIndex()
	const writers, each = 4, 100_000
	var added [writers]atomic.Int64
	var writing, reading sync.WaitGroup
	stop := make(chan struct{})
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				x.Add(numbered(w*each+i), int64(i+1)*1000)
				x.Add(numbered(i), 0) // another writer adds the same
				added[w].Store(int64(i + 1))
			}
		})
	}
	for range 2 {
		reading.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				w := n % writers
				known := int(added[w].Load())
				if known == 0 {
					continue
				}
				i := n % known
				x.Prefetch(numbered(i))
				if o := x.OptOut(numbered(w*each + i)); o.State != bidstream.OptedOut || o.SinceMs < int64(i)*1000 && w > 0 {
					t.Errorf("%d of %d: %v since %d", i, w, o.State, o.SinceMs)
					return
				}
				if o := x.OptOut(numbered(writers*each + n)); o.State != bidstream.NotOptedOut {
					t.Errorf("%d was never added", n)
					return
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	reading.Wait()
	if x.Len() != writers*each {
		t.Errorf("%d users, want %d", x.Len(), writers*each)
	}
}

// FuzzIndex compares a sequence of adds and look-ups with a map.
func FuzzIndex(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 2, 3})
	f.Add([]byte("\x00\x00\x00\xff\xff\xff\x80\x00\x01"))
	f.Fuzz(func(t *testing.T, program []byte) {
		x, model := optout.NewIndex(), map[int]int64{}
		for len(program) >= 3 {
			user, since := int(program[0])<<3|int(program[1])>>5, int64(program[1]&31)*1000
			add := program[2]&1 == 0
			program = program[3:]
			known, ok := model[user]
			if !add {
				o := x.OptOut(numbered(user))
				if (o.State == bidstream.OptedOut) != ok || o.SinceMs != known {
					t.Fatalf("%d: %v since %d, want %v since %d", user, o.State, o.SinceMs, ok, known)
				}
				continue
			}
			if x.Add(numbered(user), since) == ok {
				t.Fatalf("%d was there: %v", user, ok)
			}
			model[user] = max(known, since)
		}
		if x.Len() != len(model) {
			t.Fatalf("%d users, want %d", x.Len(), len(model))
		}
	})
}
