package codec_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

func TestRawUIDs(t *testing.T) {
	for _, v := range fixtures.RawUIDVectors() {
		u, err := codec.ParseRawUID(v.UID)
		if err != nil || !u.Valid() {
			t.Errorf("%s: %v", v.UID, err)
			continue
		}
		if u.Version() != codec.Version(v.Version) || u.Scope() != scopeNamed(v.Scope) || u.Type() != typeNamed(v.Type) ||
			u.Environment().String() != v.Environment {
			t.Errorf("%s: version %d, %v, %v, %v", v.UID, u.Version(), u.Scope(), u.Type(), u.Environment())
		}
		b := decoded(t, v.UID)
		again, err := codec.NewRawUID(b)
		if err != nil || again != u || u.Reveal() != v.UID || string(u.AppendBytes(nil)) != string(b) {
			t.Errorf("%s: round trip changed the raw UID", v.UID)
		}
		for name, e := range encodings {
			if other, err := codec.ParseRawUID([]byte(e.EncodeToString(b))); err != nil || other != u {
				t.Errorf("%s, %s: %v", v.UID, name, err)
			}
		}
	}
}

func TestZeroRawUID(t *testing.T) {
	var u codec.RawUID
	if !u.IsZero() || u.Version() != 0 || u.Scope() != 0 || u.Type() != 0 || u.Environment() != 0 || u.Valid() ||
		u.Reveal() != "" || len(u.AppendBytes(nil)) != 0 || u.Canonical() != u {
		t.Error("the zero RawUID has metadata")
	}
}

func TestRawUIDsRefused(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	good := fixtures.RawUIDVectors()[2].UID // version 4, production
	wrongSum := decoded(t, good)
	wrongSum[20] ^= 1
	reserved := decoded(t, good)
	reserved[0] ^= 1
	reserved[32] ^= 1 // so that the checksum holds
	v3Env := make([]byte, 33)
	v3Env[0] = 0x80
	v3Reserved := make([]byte, 33)
	v3Reserved[0] = 0x02
	for name, text := range map[string]string{
		"empty":                           "",
		"31 bytes":                        encode(make([]byte, 31)),
		"34 bytes":                        encode(make([]byte, 34)),
		"a token":                         fixtures.Token("G3").Text,
		"a line break":                    good + "\n",
		"a space":                         " " + good,
		"foreign character":               strings.Replace(good, "A", "*", 1),
		"long":                            strings.Repeat("A", 1<<16),
		"version 4, wrong checksum":       encode(wrongSum),
		"version 4, reserved bit set":     encode(reserved),
		"version 3, environment bits set": encode(v3Env),
		"version 3, reserved bit set":     encode(v3Reserved),
	} {
		if u, err := codec.ParseRawUID(text); !errors.Is(err, codec.ErrRawUID) || !u.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
		if u, err := codec.DecodeRawUID(text); (err == nil) != strings.HasPrefix(name, "version ") || u.Valid() {
			t.Errorf("%s, decoded: %v", name, err)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, v := range fixtures.RawUIDVectors() {
		u := uid(t, v.UID)
		c := u.Canonical()
		if c.Canonical() != c || c.Version() != u.Version() || c.Type() != u.Type() || c.Scope() != u.Scope() {
			t.Errorf("%s: canonical form of another kind", v.UID)
		}
		if v.Version != 4 && c != u {
			t.Errorf("%s: isn't its own canonical form", v.UID)
		}
		if b, cb := u.AppendBytes(nil), c.AppendBytes(nil); v.Version == 4 && (cb[0] != b[0]&0x3F || string(cb[1:]) != string(b[1:])) {
			t.Errorf("%s: cleared more than the environment", v.UID)
		}
		if v.Announced == "" {
			continue
		}
		announced, err := codec.DecodeRawUID(v.Announced)
		if err != nil || announced.Canonical() != c {
			t.Errorf("%s isn't announced as %s", v.UID, v.Announced)
		}
	}
}

// TestRevealIsBase64: Reveal returns what encoding/base64 writes, and CanonicalWords the bytes of
// the canonical form.
func TestRevealIsBase64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		raw := make([]byte, 32+r.IntN(2))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		uid, err := codec.NewRawUID(raw)
		if err != nil {
			t.Fatal(err)
		}
		want := base64.StdEncoding.EncodeToString(raw)
		if got := string(uid.AppendReveal([]byte("x"))); got != "x"+want || uid.Reveal() != want {
			t.Fatalf("%x: %q, want %q", raw, got, want)
		}
		if got := uid.AppendBytes([]byte("x")); string(got) != "x"+string(raw) {
			t.Fatalf("%x: bytes are %x", raw, got)
		}
		canonical := append(uid.Canonical().AppendBytes(nil), make([]byte, 8)...)
		var wanted [5]uint64
		for i := range 4 {
			wanted[i] = binary.LittleEndian.Uint64(canonical[8*i:])
		}
		wanted[4] = uint64(canonical[32]) | uint64(len(raw))<<8
		if got := words(uid); got != wanted {
			t.Fatalf("%x: words are %x, want %x", raw, got, wanted)
		}
	}
	var none codec.RawUID
	if got := none.AppendReveal([]byte("x")); string(got) != "x" || none.Reveal() != "" || words(none) != [5]uint64{} || none.AppendBytes(nil) != nil {
		t.Errorf("the zero RawUID is %q", got)
	}
}

func words(u codec.RawUID) (words [5]uint64) {
	words[0], words[1], words[2], words[3], words[4] = u.CanonicalWords()
	return words
}
