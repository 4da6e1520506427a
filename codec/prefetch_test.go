package codec_test

import (
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// FuzzMasterOf: the key that is asked for in advance is the one that Parse finds.
func FuzzMasterOf(f *testing.F) {
	for _, v := range fixtures.TokenVectors() {
		f.Add(v.Text)
		f.Add(v.StandardText)
		f.Add(strings.NewReplacer("-", "+", "_", "/").Replace(v.Text))
	}
	for _, v := range fixtures.MalformedTokens() {
		f.Add(v.Text)
	}
	for _, text := range []string{"AgAAABOJ", "AgAAABO", "AgAAAB!J", "A!AAABOJ", "AgAAAB==", "BBBBBBBB", "AoAAABOJ", "////////"} {
		f.Add(text)
	}
	large, err := codec.NewKey(0xF1E2D3C4, make([]byte, codec.KeySize)) // with no byte that is 0
	if err != nil {
		f.Fatal(err)
	}
	golden := fields(f, fixtures.Token("G3"))
	for _, v := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		text, err := codec.AppendSeal(nil, v, &golden, large, large)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	all := []*codec.Key{large}
	for id := range uint32(2000) {
		key, err := codec.NewKey(id, make([]byte, codec.KeySize))
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, key)
	}
	for _, key := range keys(f) {
		all = append(all, key)
	}
	many := codec.NewKeyTable(all)
	f.Fuzz(func(t *testing.T, text string) {
		var tk codec.Token
		version, id, ok := codec.MasterOf(text)
		if codec.Parse(&tk, text) == codec.Success && (!ok || version != tk.Version || id != tk.MasterKeyID) {
			t.Errorf("version %d, key %d, want %d and %d", version, id, tk.Version, tk.MasterKeyID)
		}
		begins := len(text) >= 8
		if begins {
			b, isText := referenceDecode(text[:8])
			begins = isText && len(b) == 6 && (b[0] == 2 || b[1] == 112 || b[1] == 128)
		}
		if ok != begins || !ok && (version != 0 || id != 0) {
			t.Errorf("begins like a token: %v, want %v; version %d, key %d", ok, begins, version, id)
		}
		for _, table := range []*codec.KeyTable{nil, new(codec.KeyTable), many} {
			codec.PrefetchMaster(text, table)
			codec.PrefetchMaster([]byte(text), table)
		}
	})
}
