package codec

import (
	"fmt"
	"testing"
)

// BenchmarkLayers opens the site and the master layer of a token of version 4 with a raw UID of 33
// bytes, of one that is 16 bytes longer, and of one that is so long that the standard library opens
// it.
func BenchmarkLayers(b *testing.B) {
	for _, longer := range []int{0, 16, 32} {
		b.Run(fmt.Sprintf("longer=%d", longer), func(b *testing.B) {
			c, err := newCiphers(make([]byte, KeySize))
			if err != nil {
				b.Fatal(err)
			}
			iv := make([]byte, ivSize)
			inner := make([]byte, uidAtV4+maxRawUID+longer)
			outer := make([]byte, innerAtV4+len(inner)+tagSize)
			gcm := c.standard().gcm
			sealedInner, sealedOuter := gcm.Seal(nil, iv, inner, nil), gcm.Seal(nil, iv, outer, nil)
			inner, outer = make([]byte, len(sealedInner)), make([]byte, len(sealedOuter))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				copy(outer, sealedOuter)
				copy(inner, sealedInner)
				_, first := c.openGCM(iv, outer)
				if _, second := c.openGCM(iv, inner); !first || !second {
					b.Fatal("doesn't open")
				}
			}
		})
	}
}
