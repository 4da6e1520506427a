//go:build (amd64 || arm64) && !purego

package codec

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/uid2rtb/uid2rtb/internal/guardpage"
)

// at returns the ciphers whose memory placed is.
func at(placed []byte) *vectorCiphers {
	return (*vectorCiphers)(unsafe.Pointer(unsafe.SliceData(placed)))
}

// TestKeysBetweenUnmappedPages prepares and uses ciphers at both ends of a page, from a secret at
// both ends of another one.
func TestKeysBetweenUnmappedPages(t *testing.T) {
	if !hasVectorAES {
		t.Log("by", paths())
		return
	}
	onEachPath(func() {
		if hasVectorAES {
			checkKeysBetweenUnmappedPages(t)
		}
	})
}

func checkKeysBetweenUnmappedPages(t *testing.T) {
	t.Helper()
	atSecret, atCiphers := guardpage.New(t), guardpage.New(t)
	secret, iv := random(KeySize), random(blockSize)
	c, err := newCiphers(secret)
	if err != nil {
		t.Fatal(err)
	}
	want := unsafe.Slice((*byte)(unsafe.Pointer(c.vector)), unsafe.Sizeof(*c.vector))
	atSecret.Edges(secret, func(secret []byte) {
		atCiphers.Edges(make([]byte, len(want)), func(placed []byte) {
			if expand(at(placed), (*[KeySize]byte)(secret)); !bytes.Equal(placed, want) {
				t.Fatal("not the same ciphers")
			}
		})
	})
	for length := range longestBetween + 1 {
		plain := random(length)
		sealed := c.standard().gcm.Seal(nil, iv[:ivSize], plain, nil)
		chained := bytes.Clone(plain)
		if length%blockSize == 0 && length > 0 {
			c.standard().decryptCBC(iv, chained)
		}
		atCiphers.Edges(want, func(placed []byte) {
			opened := bytes.Clone(sealed)
			ok, known := at(placed).open((*[ivSize]byte)(iv), &opened[0], length)
			if known && (!ok || !bytes.Equal(opened[:length], plain)) {
				t.Fatalf("%d bytes: %v", length, ok)
			}
			data := bytes.Clone(plain)
			if at(placed).chain((*[blockSize]byte)(iv), unsafe.SliceData(data), length) && !bytes.Equal(data, chained) {
				t.Fatalf("%d bytes in blocks: wrong", length)
			}
		})
	}
}
