package codec

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/guardpage"
)

// longestBetween is the longest input that is placed between unmapped pages.
const longestBetween = 600

// random returns n bytes that are always the same.
func random(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(b)
	return b
}

// TestDecodeBetweenUnmappedPages decodes texts of every length, with text and destination at both
// ends of a page.
func TestDecodeBetweenUnmappedPages(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
	from, to := guardpage.New(t), guardpage.New(t)
	for length := range longestBetween + 1 {
		text := random(length)
		for i := range text {
			text[i] = alphabet[int(text[i])%len(alphabet)]
		}
		want := make([]byte, length+decodeSlack)
		size, ok := DecodePlain(want, string(text))
		from.Edges(text, func(text []byte) {
			to.Edges(make([]byte, size+decodeSlack), func(dst []byte) {
				n, got := decode(dst, text)
				if n != size || got != ok || !bytes.Equal(dst[:n], want[:n]) {
					t.Fatalf("%d characters: %d %v, want %d %v", length, n, got, size, ok)
				}
			})
		})
	}
}

// TestCiphersBetweenUnmappedPages opens data of every length, with the IV and the data at both ends
// of a page.
func TestCiphersBetweenUnmappedPages(t *testing.T) {
	t.Log("by", paths())
	onEachPath(func() { checkBetweenUnmappedPages(t) })
}

func checkBetweenUnmappedPages(t *testing.T) {
	t.Helper()
	atIV, atData := guardpage.New(t), guardpage.New(t)
	c, err := newCiphers(random(KeySize))
	if err != nil {
		t.Fatal(err)
	}
	iv := random(blockSize)
	for length := range longestBetween + 1 {
		plain := random(length)
		sealed := c.standard().gcm.Seal(nil, iv[:ivSize], plain, nil)
		atIV.Edges(iv[:ivSize], func(iv []byte) {
			atData.Edges(sealed, func(sealed []byte) {
				if got, ok := c.openGCM(iv, sealed); !ok || !bytes.Equal(got, plain) {
					t.Fatalf("%d bytes: %v", length, ok)
				}
			})
			sealed[length] ^= 1 // of the tag
			atData.Edges(sealed, func(sealed []byte) {
				if _, ok := c.openGCM(iv, sealed); ok {
					t.Fatalf("%d bytes: opened with a wrong tag", length)
				}
			})
			sealed[length] ^= 1
		})
		if length == 0 || length%blockSize != 0 {
			continue
		}
		want := bytes.Clone(plain)
		c.standard().decryptCBC(iv, want)
		atIV.Edges(iv, func(iv []byte) {
			atData.Edges(plain, func(data []byte) {
				if c.decryptCBC(iv, data); !bytes.Equal(data, want) {
					t.Fatalf("%d bytes in blocks: wrong", length)
				}
			})
		})
	}
}
