package codec_test

import (
	"encoding/base64"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func fixtureText(id string) string { return fixtures.Token(id).Text }

// FuzzParse: any text, as a string or as bytes, parses to what the reference parser returns, and
// nothing of the previous token is left.
func FuzzParse(f *testing.F) {
	for _, v := range fixtures.TokenVectors() {
		f.Add(v.Text)
		f.Add(base64.StdEncoding.EncodeToString(decoded(f, v.Text)))
		f.Add(v.Text + "\n")
		f.Add(v.Text[:len(v.Text)-1])
	}
	for _, v := range fixtures.MalformedTokens() {
		f.Add(v.Text)
	}
	before, all := fixtureText("G9"), table(f)
	f.Fuzz(func(t *testing.T, text string) {
		wantStatus, want, _ := referenceParse(text)
		var tk, other codec.Token
		open(&tk, before, all)
		if got := codec.Parse(&tk, text); got != wantStatus || saidBy(&tk) != want {
			t.Fatalf("%v %+v, want %v %+v", got, saidBy(&tk), wantStatus, want)
		}
		if got := codec.Parse(&other, []byte(text)); got != wantStatus || saidBy(&other) != want {
			t.Fatalf("from bytes: %v %+v, want %v %+v", got, saidBy(&other), wantStatus, want)
		}
	})
}

// FuzzOpen: any bytes open, or fail to open, as the reference says.
func FuzzOpen(f *testing.F) {
	for _, v := range fixtures.TokenVectors() {
		f.Add(decoded(f, v.Text))
	}
	all, plain := table(f), secrets()
	f.Fuzz(func(t *testing.T, token []byte) {
		sameOpen(t, base64.RawURLEncoding.EncodeToString(token), all, plain)
	})
}

// FuzzOpenLayers: layers of any content, properly sealed, open as the reference says. This reaches
// the code behind the tags, which stop FuzzOpen.
func FuzzOpenLayers(f *testing.F) {
	g1, g3 := fixtures.Token("G1"), fixtures.Token("G3")
	f.Add(false, []byte(g3.MasterLayer[:45]), []byte(g3.SiteLayer))
	f.Add(false, []byte(g3.MasterLayer[:45]), append([]byte(g3.SiteLayer), 0))
	f.Add(false, []byte(g3.MasterLayer[:20]), []byte(g3.SiteLayer))
	f.Add(true, append(append([]byte(nil), "\x00\x00\x02\x4b\xce\x5c\xf0\x00\x00\x00\x13\x8a"...), 4, 4, 4, 4), []byte(g1.SiteLayer))
	f.Add(true, append(append([]byte(nil), "\x00\x00\x02\x4b\xce\x5c\xf0\x00\x00\x00\x13\x8a"...), 4, 4, 3, 4), []byte(g1.SiteLayer))
	all, plain := table(f), secrets()
	f.Fuzz(func(t *testing.T, v2 bool, master, site []byte) {
		if v2 {
			sameOpen(t, sealedV2(t, sized(master, 16), sized(site, 80)), all, plain)
		} else {
			sameOpen(t, sealedV4(t, master[:min(len(master), 100)], site[:min(len(site), 200)]), all, plain)
		}
	})
}

// sized truncates or pads b to size.
func sized(b []byte, size int) []byte {
	return append(append([]byte(nil), b...), make([]byte, size)...)[:size]
}

func sameOpen(t *testing.T, text string, all *codec.KeyTable, plain map[uint32][]byte) {
	t.Helper()
	wantStatus, want, b := referenceParse(text)
	if wantStatus == codec.Success {
		wantStatus, want = referenceOpen(want, b, plain)
	}
	var tk codec.Token
	if got := open(&tk, text, all); got != wantStatus || saidBy(&tk) != want {
		t.Fatalf("%v %+v, want %v %+v", got, saidBy(&tk), wantStatus, want)
	}
}

// FuzzSealOpen: what is sealed opens to the same fields, as far as the version stores them; what
// can't be opened isn't sealed.
func FuzzSealOpen(f *testing.F) {
	for _, v := range fixtures.TokenVectors() {
		f.Add(uint8(v.Version), uint8(scopeNamed(v.Scope)), uint8(typeNamed(v.Type)), v.SiteID, v.PrivacyBits, decoded(f, v.UID),
			v.EstablishedMs, v.GeneratedMs, v.RefreshedMs, v.ExpiresMs)
	}
	k, all := keys(f), table(f)
	f.Fuzz(func(t *testing.T, version, scope, kind uint8, site, privacy uint32, uidBytes []byte, established, generated, refreshed, expires int64) {
		u, _ := codec.NewRawUID(uidBytes)
		v := codec.Version(version)
		fields := codec.Fields{
			Scope: codec.Scope(scope), Type: codec.IdentityType(kind), SiteID: site, UID: u, PrivacyBits: codec.PrivacyBits(privacy),
			EstablishedMs: established, GeneratedMs: generated, RefreshedMs: refreshed, ExpiresMs: expires,
		}
		text, err := codec.AppendSeal(nil, v, &fields, k[5001], k[5002])
		if err != nil {
			if len(text) != 0 {
				t.Fatal("failed and appended")
			}
			return
		}
		want := said{v, fields.Scope, fields.Type, 5001, 5002, site, fields.PrivacyBits, expires, generated, established, refreshed, u}
		if v == codec.V2 {
			want.Scope, want.Type, want.GeneratedMs, want.RefreshedMs = 0, 0, 0, 0
		} else if want.Type == codec.TypeUnknown {
			if want.Type = u.Type(); want.Type == codec.TypeUnknown {
				want.Type = codec.TypeEmail
			}
		}
		var tk codec.Token
		if got := open(&tk, string(text), all); got != codec.Success || saidBy(&tk) != want {
			t.Fatalf("%v %+v, want %+v", got, saidBy(&tk), want)
		}
	})
}

// FuzzRawUID: a text is refused, or its value has the same bytes and turns into a text that parses
// to the same value.
func FuzzRawUID(f *testing.F) {
	for _, v := range fixtures.RawUIDVectors() {
		f.Add(v.UID)
	}
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Fuzz(func(t *testing.T, text string) {
		b, ok := referenceDecode(text)
		ok = ok && (len(b) == 32 || len(b) == 33)
		u, err := codec.DecodeRawUID(text)
		if (err == nil) != ok || u.IsZero() == ok {
			t.Fatalf("%v, want %v", err, ok)
		}
		if !ok {
			return
		}
		again, err := codec.DecodeRawUID(u.Reveal())
		if string(u.AppendBytes(nil)) != string(b) || again != u || err != nil {
			t.Fatal("round trip changed the raw UID")
		}
		if parsed, err := codec.ParseRawUID(text); (err == nil) != u.Valid() || err == nil && parsed != u {
			t.Fatalf("parsed: %v, valid: %v", err, u.Valid())
		}
	})
}
