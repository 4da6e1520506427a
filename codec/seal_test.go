package codec_test

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func TestSealingMakesTheGoldenTokensAgain(t *testing.T) {
	k := keys(t)
	for _, v := range fixtures.TokenVectors() {
		if v.InnerIV == nil {
			continue // the IVs aren't recorded
		}
		f := fields(t, v)
		got, err := codec.AppendSealWithIVs([]byte("before"), codec.Version(v.Version), &f, k[v.MasterKeyID], k[v.SiteKeyID], v.InnerIV, v.OuterIV)
		if err != nil || string(got) != "before"+v.Text {
			t.Errorf("%s: sealed as\n%s, want\n%s: %v", v.ID, got, v.Text, err)
		}
	}
}

func TestSealedTokensDiffer(t *testing.T) {
	k := keys(t)
	f := fields(t, fixtures.Token("G3"))
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		seen := make(map[string]bool)
		for range 100 {
			text, err := codec.AppendSeal(nil, version, &f, k[5001], k[5002])
			if err != nil || seen[string(text)] {
				t.Fatalf("version %d: repeated: %v", version, err)
			}
			seen[string(text)] = true
			var tk codec.Token
			if got := open(&tk, string(text), table(t)); got != codec.Success || tk.UID != f.UID {
				t.Fatalf("version %d: %v", version, got)
			}
		}
	}
}

// TestBothIVsAreFresh: over many tokens, no byte of the 12 or 16 of either layer's IV is always the
// same.
func TestBothIVsAreFresh(t *testing.T) {
	k, s := keys(t), secrets()
	f := fields(t, fixtures.Token("G3"))
	block, err := aes.NewCipher(s[5001])
	if err != nil {
		t.Fatal(err)
	}
	for version, read := range map[codec.Version]func(token []byte) (inner, outer []byte){
		codec.V2: func(token []byte) (inner, outer []byte) {
			plain := make([]byte, len(token)-21)
			cipher.NewCBCDecrypter(block, token[5:21]).CryptBlocks(plain, token[21:])
			return plain[12:28], token[5:21]
		},
		codec.V4: func(token []byte) (inner, outer []byte) {
			plain, err := referenceGCM(s[5001]).Open(nil, token[6:18], token[18:], nil)
			if err != nil {
				t.Fatal(err)
			}
			return plain[33:45], token[6:18]
		},
	} {
		var seen [2][16]map[byte]bool
		for range 20 {
			text, err := codec.AppendSeal(nil, version, &f, k[5001], k[5002])
			if err != nil {
				t.Fatal(err)
			}
			inner, outer := read(decoded(t, strings.NewReplacer("-", "+", "_", "/").Replace(string(text))))
			for layer, iv := range [][]byte{inner, outer} {
				for i, b := range iv {
					if seen[layer][i] == nil {
						seen[layer][i] = make(map[byte]bool)
					}
					seen[layer][i][b] = true
				}
			}
		}
		for layer := range seen {
			for i, bytes := range seen[layer] {
				if len(bytes) == 1 {
					t.Errorf("version %d, layer %d: byte %d of the IV is always the same", version, layer, i)
				}
			}
		}
	}
}

// TestOperatorTypes: a token's operator type is 1, a service, unless the caller sets another one.
func TestOperatorTypes(t *testing.T) {
	k, s := keys(t), secrets()
	for given, want := range map[uint8]byte{0: 1, 1: 1, 17: 17} {
		f := fields(t, fixtures.Token("G3"))
		f.OperatorType = given
		text, err := codec.AppendSeal(nil, codec.V3, &f, k[5001], k[5002])
		if err != nil {
			t.Fatal(err)
		}
		token := decoded(t, string(text))
		plain, err := referenceGCM(s[5001]).Open(nil, token[6:18], token[18:], nil)
		if err != nil || plain[20] != want {
			t.Errorf("%d: the token says %d: %v", given, plain[20], err)
		}
	}
}

func TestSealedTypeComesFromTheUID(t *testing.T) {
	k := keys(t)
	for _, v := range fixtures.RawUIDVectors() {
		f := codec.Fields{Scope: codec.ScopeUID2, UID: uid(t, v.UID)}
		text, err := codec.AppendSeal(nil, codec.V4, &f, k[5001], k[5002])
		if err != nil {
			t.Fatal(err)
		}
		want := codec.TypeEmail
		if v.Type == "phone" {
			want = codec.TypePhone
		}
		var tk codec.Token
		if open(&tk, string(text), table(t)); tk.Type != want {
			t.Errorf("%s: %v, want %v", v.Note, tk.Type, want)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	k := keys(t)
	good := fields(t, fixtures.Token("G3"))
	for name, c := range map[string]struct {
		change       func(*codec.Fields)
		version      codec.Version
		master, site *codec.Key
	}{
		"version 0":            {nil, 0, k[5001], k[5002]},
		"version 5":            {nil, 5, k[5001], k[5002]},
		"no master key":        {nil, codec.V4, nil, k[5002]},
		"no site key":          {nil, codec.V2, k[5001], nil},
		"no UID":               {func(f *codec.Fields) { f.UID = codec.RawUID{} }, codec.V2, k[5001], k[5002]},
		"no scope":             {func(f *codec.Fields) { f.Scope = 0 }, codec.V3, k[5001], k[5002]},
		"unknown scope":        {func(f *codec.Fields) { f.Scope = 3 }, codec.V4, k[5001], k[5002]},
		"unknown type":         {func(f *codec.Fields) { f.Type = 3 }, codec.V4, k[5001], k[5002]},
		"negative established": {func(f *codec.Fields) { f.EstablishedMs = -1 }, codec.V4, k[5001], k[5002]},
		"negative generated":   {func(f *codec.Fields) { f.GeneratedMs = -1 }, codec.V4, k[5001], k[5002]},
		"negative refreshed":   {func(f *codec.Fields) { f.RefreshedMs = -1 }, codec.V4, k[5001], k[5002]},
		"negative expires":     {func(f *codec.Fields) { f.ExpiresMs = -1 }, codec.V4, k[5001], k[5002]},
	} {
		f := good
		if c.change != nil {
			c.change(&f)
		}
		got, err := codec.AppendSeal([]byte("before"), c.version, &f, c.master, c.site)
		if !errors.Is(err, codec.ErrSeal) || string(got) != "before" {
			t.Errorf("%s: %q, %v", name, got, err)
		} else if _, why, ok := strings.Cut(err.Error(), codec.ErrSeal.Error()+": "); !ok || len(why) < 10 {
			t.Errorf("%s: doesn't say why: %v", name, err)
		}
	}
	noScope := good
	noScope.Scope = 0
	if _, err := codec.AppendSeal(nil, codec.V2, &noScope, k[5001], k[5002]); err != nil {
		t.Errorf("version 2 needs no scope: %v", err)
	}
}
