package optout

import "testing"

// hashTo returns the n-th hash that leads to a bucket of a table.
func hashTo(t *testing.T, table *table, bucket, n uint64) uint64 {
	t.Helper()
	hash := ((bucket<<32+1<<31)/table.buckets())<<(32-segmentBits) + n
	if table.first(hash) != bucket {
		t.Fatalf("%x leads to bucket %d, not %d", hash, table.first(hash), bucket)
	}
	return hash
}

// TestTableAround: users for whom the last bucket has no room are in the first one, and are found
// there, and nobody else is.
func TestTableAround(t *testing.T) {
	table := newTable(2)
	if table.buckets() != 4 || table.slots() != 32 {
		t.Fatalf("%d buckets of %d slots", table.buckets(), table.slots())
	}
	all := make(map[uint64]uint32)
	for n := range uint64(20) {
		all[hashTo(t, table, 3, n)] = uint32(n + 1)
	}
	for hash, seconds := range all {
		if _, found := table.lookup(hash); found {
			t.Fatalf("%x is there", hash)
		}
		if _, _, found := table.find(hash); found {
			t.Fatalf("%x is there", hash)
		}
		table.put(hash, seconds)
	}
	has := func(note string, table interface {
		lookup(uint64) (uint32, bool)
		find(uint64) (*uint64, *uint32, bool)
	}) {
		t.Helper()
		for hash, want := range all {
			if seconds, found := table.lookup(hash); !found || seconds != want {
				t.Errorf("%s: %x: %d, %v", note, hash, seconds, found)
			}
			if at, seconds, found := table.find(hash); !found || *at != hash || *seconds != want {
				t.Errorf("%s: %x isn't found", note, hash)
			}
		}
	}
	has("put", table)
	used := func(bucket int) (n int) {
		for _, hash := range table.pairs[bucket/2].hashes[bucket%2] {
			if hash != 0 {
				n++
			}
		}
		return n
	}
	for bucket, want := range []int{8, 4, 0, 8} {
		if used(bucket) != want {
			t.Errorf("bucket %d has %d users", bucket, used(bucket))
		}
	}
	each := make(map[uint64]uint32)
	table.each(func(hash uint64, seconds uint32) { each[hash] = seconds })
	if len(each) != len(all) {
		t.Errorf("%d users", len(each))
	}
	longer := table.longer()
	if len(longer.pairs) != 3 {
		t.Errorf("%d pairs after 2", len(longer.pairs))
	}
	has("longer", longer)
	if n := len(newTable(100).longer().pairs); n != 110 {
		t.Errorf("%d pairs after 100", n)
	}

	b := table.append([]byte("x"))
	if len(b) != 1+2*snapshotPair {
		t.Fatalf("%d bytes", len(b))
	}
	again := newTable(2)
	if users := again.decode(b[1:]); users != 20 {
		t.Errorf("%d users", users)
	}
	has("decoded", again)
}
