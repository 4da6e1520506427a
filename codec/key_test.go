//go:build go1.25

package codec_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func newKey(t testing.TB, id uint32) *codec.Key {
	t.Helper()
	key, err := codec.NewKey(id, make([]byte, codec.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeySizes(t *testing.T) {
	for size := range 70 {
		key, err := codec.NewKey(1, make([]byte, size))
		if size == 32 {
			if err != nil || key.ID() != 1 {
				t.Errorf("32 bytes: %v", err)
			}
		} else if !errors.Is(err, codec.ErrKeySize) || key != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// TestKeyKeepsNoReference changes the secret after the key was made from it.
func TestKeyKeepsNoReference(t *testing.T) {
	k := keys(t)
	secret := secrets()[5001]
	key, err := codec.NewKey(5001, secret)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	var tk codec.Token
	all := codec.NewKeyTable([]*codec.Key{key, k[5002]})
	for _, id := range []string{"G1", "G2", "G3"} {
		if got := open(&tk, fixtureText(id), all); got != codec.Success {
			t.Errorf("%s: %v", id, got)
		}
	}
}

// keyOf is a key that can be told from others with the same id.
type keyOf struct {
	id     uint32
	secret []byte
}

func (k keyOf) key(t *testing.T) *codec.Key {
	t.Helper()
	key, err := codec.NewKey(k.id, k.secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestKeyTableAgreesWithAMap: whichever way a table is made, it has of each id the last key, and
// opens with it.
func TestKeyTableAgreesWithAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f, tk := fields(t, fixtures.Token("G3")), new(codec.Token)
	for size := range 150 {
		var all []keyOf
		byID := make(map[uint32]keyOf)
		for range size {
			id := r.Uint32()
			switch r.IntN(4) {
			case 0:
				id %= 64 // small ids, with repetitions
			case 1:
				id <<= 20 // all low bits equal
			}
			key := keyOf{id, binary.LittleEndian.AppendUint64(make([]byte, 24), r.Uint64())}
			all, byID[id] = append(all, key), key // the last one wins
		}
		for name, table := range tablesOf(t, all) {
			if table.Len() != len(byID) {
				t.Fatalf("%s: %d keys, want %d", name, table.Len(), len(byID))
			}
			for id, k := range byID {
				key := k.key(t)
				text, err := codec.AppendSeal(nil, codec.V4, &f, key, key)
				if err != nil {
					t.Fatal(err)
				}
				if found := table.Lookup(id); found == nil || found.ID() != id || open(tk, string(text), table) != codec.Success {
					t.Fatalf("%s, %d keys: key %d isn't found", name, size, id)
				}
			}
			for range 100 {
				id := r.Uint32()
				if _, has := byID[id]; (table.Lookup(id) != nil) != has {
					t.Fatalf("%s, %d keys: key %d is found", name, size, id)
				}
			}
		}
	}
}

func tablesOf(t *testing.T, all []keyOf) map[string]*codec.KeyTable {
	t.Helper()
	keys := make([]*codec.Key, len(all))
	for i, k := range all {
		keys[i] = k.key(t)
	}
	secret := make([]byte, codec.KeySize)
	table, err := codec.KeyTableOf(len(all), func(i int) (uint32, []byte, error) {
		copy(secret, all[i].secret)
		return all[i].id, secret, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*codec.KeyTable{"NewKeyTable": codec.NewKeyTable(keys), "KeyTableOf": table}
}

func TestKeyTableOfErrors(t *testing.T) {
	wrong := errors.New("wrong")
	for _, test := range []struct {
		secret []byte
		err    error
		want   error
	}{
		{make([]byte, codec.KeySize), wrong, wrong},
		{make([]byte, 16), nil, codec.ErrKeySize},
		{nil, nil, codec.ErrKeySize},
	} {
		table, err := codec.KeyTableOf(3, func(i int) (uint32, []byte, error) {
			if i == 2 {
				return 2, test.secret, test.err
			}
			return uint32(i), make([]byte, codec.KeySize), nil
		})
		if table != nil || !errors.Is(err, test.want) {
			t.Errorf("%d bytes, %v: %v, %v", len(test.secret), test.err, table, err)
		}
	}
}

func TestKeyTableOfNothing(t *testing.T) {
	var zero codec.KeyTable
	for name, table := range map[string]*codec.KeyTable{
		"nil": nil, "zero": &zero, "empty": codec.NewKeyTable(nil), "nil keys": codec.NewKeyTable([]*codec.Key{nil, nil}),
	} {
		for _, id := range []uint32{0, 1, 1 << 31, 1<<32 - 1} {
			if table.Lookup(id) != nil || table.Len() != 0 {
				t.Errorf("%s: has key %d", name, id)
			}
		}
	}
}

func TestKeyTableKeepsNoSlice(t *testing.T) {
	all := []*codec.Key{newKey(t, 0), newKey(t, 7)}
	table := codec.NewKeyTable(all)
	all[0], all[1] = nil, nil
	if table.Lookup(0) == nil || table.Lookup(7) == nil {
		t.Error("the table changed with the caller's slice")
	}
}

// TestConcurrentUse opens and seals with the same keys from many goroutines; for the race detector.
func TestConcurrentUse(t *testing.T) {
	k, all, v := keys(t), table(t), fixtures.Token("G3")
	f, want := fields(t, v), want(t, v)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			var tk codec.Token
			for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4, codec.V2, codec.V3, codec.V4} {
				text, err := codec.AppendSeal(nil, version, &f, k[5001], k[5002])
				if err != nil || open(&tk, string(text), all) != codec.Success || tk.UID != f.UID {
					t.Errorf("version %d doesn't open", version)
				}
				if open(&tk, v.Text, all) != codec.Success || saidBy(&tk) != want {
					t.Error("the golden token doesn't open")
				}
			}
		})
	}
	running.Wait()
}
