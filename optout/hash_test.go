package optout

import (
	"encoding/binary"
	"math"
	"math/bits"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// alike returns a raw UID that is all zeros but for a number: such UIDs are far more alike than any
// that exist.
func alike(t testing.TB, n uint64, size int) *codec.RawUID {
	t.Helper()
	raw := make([]byte, size)
	binary.LittleEndian.PutUint64(raw[8*(n%4):], n)
	uid, err := codec.NewRawUID(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &uid
}

// TestHash: a million raw UIDs that differ in a few bits have a million different hashes, which are
// evenly distributed.
func TestHash(t *testing.T) {
	const users, cells = 1 << 20, 1 << 12
	h := newHasher()
	seen := make(map[uint64]bool, users)
	var high, low [cells]float64
	for n := range uint64(users) {
		hash := h.of(alike(t, n+1, 32))
		if seen[hash] {
			t.Fatal("two users with one hash")
		}
		seen[hash] = true
		high[hash>>52]++
		low[hash%cells]++
	}
	for _, counts := range [][cells]float64{high, low} {
		chi2 := 0.0
		for _, n := range counts {
			chi2 += (n - users/cells) * (n - users/cells) / (users / cells)
		}
		if z := (chi2 - (cells - 1)) / math.Sqrt(2*(cells-1)); z > 8 {
			t.Errorf("hashes aren't even: %.1f standard deviations", z)
		}
	}
}

// TestHashOfEachBit: flipping a bit of a raw UID, its size or the seed changes about half of the
// bits of the hash.
func TestHashOfEachBit(t *testing.T) {
	h, other := newHasher(), newHasher()
	const rounds = 200
	changed := make([]int, 8*32)
	for round := range uint64(rounds) {
		uid := alike(t, round, 32)
		hash := h.of(uid)
		if hash == other.of(uid) || hash == h.of(alike(t, round, 33)) {
			t.Fatal("the seed, or the size, makes no difference")
		}
		for bit := range changed {
			raw := uid.AppendBytes(nil)
			raw[bit/8] ^= 1 << (bit % 8)
			flipped, err := codec.NewRawUID(raw)
			if err != nil {
				t.Fatal(err)
			}
			changed[bit] += bits.OnesCount64(hash ^ h.of(&flipped))
		}
	}
	for bit, n := range changed {
		if mean := float64(n) / rounds; mean < 29 || mean > 35 {
			t.Errorf("bit %d changes %.1f bits of a hash", bit, mean)
		}
	}
	if again := hasherOf(h.seed); again != h {
		t.Error("a hasher isn't determined by its seed")
	}
}

// TestHashIsOfTheCanonicalForm: the environment of a version 4 UID makes no difference, and
// everything else does.
func TestHashIsOfTheCanonicalForm(t *testing.T) {
	h := newHasher()
	raw := make([]byte, 33)
	raw[0] = 0x20
	hashes := make(map[uint64]bool)
	for environment := range byte(4) {
		raw[0] = raw[0]&0x3F | environment<<6
		uid, err := codec.NewRawUID(raw)
		if err != nil {
			t.Fatal(err)
		}
		hashes[h.of(&uid)] = true
	}
	if len(hashes) != 1 {
		t.Errorf("%d hashes of one user", len(hashes))
	}
	raw[32] = 1
	if uid, _ := codec.NewRawUID(raw); hashes[h.of(&uid)] {
		t.Error("the last byte makes no difference")
	}
}

// TestHashesLast: snapshots and repaired logs store hashes, so all later versions must compute the
// same ones. These were computed by another program.
func TestHashesLast(t *testing.T) {
	h := hasherOf(0x1234)
	raw := make([]byte, 33)
	for i := range raw {
		raw[i] = byte(i + 1)
	}
	for size, want := range map[int]uint64{32: 0xb2c9105318f20a59, 33: 0x3d3b8fa9c35db27d} {
		if size == 33 {
			raw[0] = 0x20
		}
		uid, err := codec.NewRawUID(raw[:size])
		if err != nil {
			t.Fatal(err)
		}
		if got := h.of(&uid); got != want {
			t.Errorf("of %d bytes: %#x, want %#x", size, got, want)
		}
		raw[0] = 1
	}
}
