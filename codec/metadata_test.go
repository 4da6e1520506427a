package codec_test

import (
	"errors"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// TestEachBitOfTheMetadata: the first byte of a raw UID of 33 bytes is read bit by bit, with any
// values of the reserved bits.
func TestEachBitOfTheMetadata(t *testing.T) {
	for first := range 256 {
		b := make([]byte, 33)
		b[0] = byte(first)
		u, err := codec.NewRawUID(b)
		if err != nil {
			t.Fatal(err)
		}
		version, scope := codec.V3, codec.ScopeUID2
		if first&0x20 != 0 {
			version = codec.V4
		}
		if first&0x10 != 0 {
			scope = codec.ScopeEUID
		}
		if u.Version() != version || u.Scope() != scope {
			t.Errorf("%02x: version %d, scope %v", first, u.Version(), u.Scope())
		}
		canonical := byte(first)
		if version == codec.V4 {
			canonical &= 0x3F
		}
		if got := u.Canonical().AppendBytes(nil)[0]; got != canonical {
			t.Errorf("%02x: the canonical form begins with %02x", first, got)
		}
	}
}

func TestRawUIDsOfOtherSizes(t *testing.T) {
	for size := range 70 {
		u, err := codec.NewRawUID(make([]byte, size))
		if ok := size == 32 || size == 33; ok != (err == nil) || ok == u.IsZero() || !ok && !errors.Is(err, codec.ErrRawUID) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
