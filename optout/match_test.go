package optout

import "testing"

// FuzzMatch: match finds the hash where plainMatch finds it. Two of a bucket's hashes are made to
// differ from it in half of their bits, or not at all.
func FuzzMatch(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint8(3))
	f.Add(uint64(0), uint64(0), uint8(0))
	f.Add(uint64(1)<<63, uint64(0xFFFF_FFFF), uint8(0xFF))
	f.Fuzz(func(t *testing.T, hash, other uint64, where uint8) {
		var p pair
		for i := range p.hashes[0] {
			switch h := &p.hashes[1][i]; {
			case where>>i&1 != 0:
				*h = hash
			case i%3 == 0:
				*h = hash ^ other<<32
			case i%3 == 1:
				*h = hash ^ other>>32
			default:
				*h = other
			}
		}
		got, want := match(&p.hashes[1], &p.seconds[1], hash), plainMatch(&p.hashes[1], hash)
		if got != want || got&uint32(where) != uint32(where) {
			t.Fatalf("%08b, want %08b", got, want)
		}
	})
}
