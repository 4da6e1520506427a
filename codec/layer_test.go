package codec_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// TestOpenLayer opens the layers of golden tokens one by one, and finds what is recorded of them.
func TestOpenLayer(t *testing.T) {
	for _, v := range fixtures.TokenVectors() {
		token, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(v.Text), "="))
		if err != nil {
			t.Fatal(err)
		}
		version, master, site := codec.Version(v.Version), keys(t)[v.MasterKeyID], keys(t)[v.SiteKeyID]
		iv, sealed, innerIV, inner := token[6:18], token[18:], 33, 45
		if version == codec.V2 {
			iv, sealed, innerIV, inner = token[5:21], token[21:], 12, 28
		}
		outer, ok := master.OpenLayer(version, iv, sealed)
		if !ok || v.MasterLayer != nil && !bytes.HasPrefix(outer, v.MasterLayer) {
			t.Fatalf("%s: the master layer is %x", v.ID, outer)
		}
		end := len(outer)
		if version == codec.V2 {
			end -= 4 // of padding
		}
		layer, ok := site.OpenLayer(version, outer[innerIV:inner], outer[inner:end])
		if !ok || v.SiteLayer != nil && !bytes.Equal(layer, v.SiteLayer) {
			t.Errorf("%s: the site layer is %x", v.ID, layer)
		}
		if version != codec.V2 {
			sealed = bytes.Clone(sealed)
			sealed[3] ^= 1
			if plain, ok := master.OpenLayer(version, iv, sealed); ok || plain != nil {
				t.Errorf("%s: a changed layer opens", v.ID)
			}
		}
		uid, _ := base64.StdEncoding.DecodeString(v.UID)
		if version == codec.V2 {
			uid = []byte(v.UID)
		}
		if !bytes.Contains(layer, uid) {
			t.Errorf("%s: the site layer is without its raw UID", v.ID)
		}
	}
}

// TestOpenLayerOfImpossibleSize: nothing opens, and nothing panics.
func TestOpenLayerOfImpossibleSize(t *testing.T) {
	key := keys(t)[5001]
	for _, version := range []codec.Version{0, codec.V2, codec.V3, codec.V4, 5} {
		for _, size := range []int{0, 1, 15, 17} {
			for _, iv := range []int{0, 11, 12, 16} {
				if plain, ok := key.OpenLayer(version, make([]byte, iv), make([]byte, size)); ok || plain != nil {
					t.Errorf("version %d, an IV of %d bytes, %d bytes: opens", version, iv, size)
				}
			}
		}
	}
}
