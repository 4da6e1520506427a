package dii_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

var vectors = fixtures.DII()

func TestEmails(t *testing.T) {
	for _, e := range vectors.Emails {
		if normal, err := dii.NormalizeEmail(e.Text); err != nil || normal != e.Normal {
			t.Errorf("%q: %q, %v", e.Text, normal, err)
		}
		id, err := dii.Email(e.Text)
		if err != nil || id.RevealHash() != e.Hash || id.RevealText() != e.Text || id.Kind() != dii.KindEmail {
			t.Errorf("%q: %q, %v", e.Text, id.RevealHash(), err)
		}
	}
}

func TestTextsThatAreNoEmail(t *testing.T) {
	for _, text := range vectors.NoEmails {
		if id, err := dii.Email(text); !errors.Is(err, dii.ErrEmail) || !id.IsZero() || id.RevealHash() != "" {
			t.Errorf("%q: %v", text, err)
		}
		if normal, err := dii.NormalizeEmail(text); normal != "" || !errors.Is(err, dii.ErrEmail) {
			t.Errorf("%q: normalised %q, %v", text, normal, err)
		}
	}
}

func TestNormalizingOnlyWhatOperatorsDo(t *testing.T) {
	for text, want := range map[string]string{
		"\ta@b.com\n":          "\ta@b.com\n",
		"\u00a0a@b.com":        "\u00a0a@b.com",
		"ÄÖ@b.com":             "ÄÖ@b.com",
		"a.b+c@googlemail.com": "a.b+c@googlemail.com",
		"a.b@ gmail.com":       "a.b@ gmail.com",
		"a\xff@B":              "a\xff@b",
		"AZ[`az{@AZ[`az{.com":  "az[`az{@az[`az{.com", // the first and last letters, and the characters next to them
	} {
		if normal, err := dii.NormalizeEmail(text); err != nil || normal != want {
			t.Errorf("%q: %q, %v", text, normal, err)
		}
	}
}

func TestPhones(t *testing.T) {
	for _, p := range vectors.Phones {
		id, err := dii.Phone(p.Text)
		if err != nil || id.RevealHash() != p.Hash || id.RevealText() != p.Text || id.Kind() != dii.KindPhone {
			t.Errorf("%q: %q, %v", p.Text, id.RevealHash(), err)
		}
	}
}

func TestTextsThatAreNoPhone(t *testing.T) {
	for _, text := range vectors.NoPhones {
		if id, err := dii.Phone(text); !errors.Is(err, dii.ErrPhone) || !id.IsZero() {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestHashes(t *testing.T) {
	hash := sha256.Sum256([]byte("foo@bar.com"))
	want, err := dii.Email("foo@bar.com")
	if err != nil {
		t.Fatal(err)
	}
	digits := hex.EncodeToString(hash[:])
	for _, text := range []string{want.RevealHash(), digits, strings.ToUpper(digits), "0C7E6A405862E402EB76A70F8A26FC732D07C32931E9FAE9AB1582911D2E8A3B"} {
		email, err := dii.HashedEmail(text)
		if err != nil || email.RevealHash() != want.RevealHash() || email.RevealText() != text || email.Kind() != dii.KindEmailHash {
			t.Errorf("%s: %v, %v", text, email.RevealHash(), err)
		}
		phone, err := dii.HashedPhone(text)
		if err != nil || phone.RevealHash() != want.RevealHash() || phone.Kind() != dii.KindPhoneHash || phone == email {
			t.Errorf("%s: %v", text, err)
		}
	}
	b64 := want.RevealHash()
	for _, text := range []string{"", b64[:43], b64 + "=", digits[:63], digits + "00", digits[:62], digits + "0a", "g" + digits[1:], "foo@bar.com", b64[:20] + "\n" + b64[21:], b64[:42] + "t="} {
		if _, err := dii.HashedEmail(text); !errors.Is(err, dii.ErrHash) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestHashesOfOtherLengths: 44 characters of base64 may encode 31 or 33 bytes, which isn't a
// SHA-256. (Operators accept them.)
func TestHashesOfOtherLengths(t *testing.T) {
	for size := range 65 {
		hash := bytes.Repeat([]byte{0xAB}, size)
		for _, text := range []string{base64.StdEncoding.EncodeToString(hash), hex.EncodeToString(hash)} {
			for _, make := range []func(string) (dii.Identity, error){dii.HashedEmail, dii.HashedPhone} {
				id, err := make(text)
				if size == sha256.Size && (err != nil || id.IsZero()) || size != sha256.Size && (err != dii.ErrHash || !id.IsZero()) {
					t.Errorf("%d bytes in %d characters: %v, %v", size, len(text), id, err)
				}
			}
		}
	}
}

func TestKinds(t *testing.T) {
	names := map[dii.Kind]string{0: "none", dii.KindEmail: "email", dii.KindPhone: "phone", dii.KindEmailHash: "email_hash", dii.KindPhoneHash: "phone_hash", 5: "none"}
	sent := map[dii.Kind]dii.Kind{0: 0, dii.KindEmail: dii.KindEmailHash, dii.KindPhone: dii.KindPhoneHash, dii.KindEmailHash: dii.KindEmailHash, dii.KindPhoneHash: dii.KindPhoneHash}
	for kind, name := range names {
		if kind.String() != name {
			t.Errorf("%d is %q", kind, kind)
		}
	}
	for kind, want := range sent {
		if kind.Hashed() != want {
			t.Errorf("%v is sent as %v", kind, kind.Hashed())
		}
	}
}

func TestNothingIsPrinted(t *testing.T) {
	id, err := dii.Email("canary@example.com")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "id", id, "in", struct{ ID any }{id})
	inJSON, err := json.Marshal(map[dii.Identity]any{id: id})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %+v %#v %s %q %x %d", id, id, id, id, id, id, id); got != strings.TrimSuffix(strings.Repeat("[email] ", 7), " ") {
		t.Errorf("prints %s", got)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %d", id, id, id, id, id, id, id) + fmt.Sprint(struct{ dii.Identity }{id}) + log.String() + string(inJSON)
	for _, secret := range []string{"canary", id.RevealHash(), fmt.Sprintf("%x", "canary")} {
		if strings.Contains(printed, secret) {
			t.Errorf("printed: %s", printed)
		}
	}
}

// normalized is another implementation of the rules, as the protocol states them: character by
// character, with one buffer for gmail.com and one for all other domains.
func normalized(text string) (string, bool) {
	var full, gmail, domain, spaces []byte
	inDomain, plus := false, false
	for _, c := range []byte(text) {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		switch {
		case inDomain && c == '@':
			return "", false
		case inDomain && c == ' ':
			spaces = append(spaces, c)
		case inDomain:
			domain = append(append(domain, spaces...), c)
			spaces = nil
		case c == '@':
			inDomain = true
		case c == ' ':
		default:
			full = append(full, c)
			plus = plus || c == '+'
			if c != '.' && !plus {
				gmail = append(gmail, c)
			}
		}
	}
	local := full
	if string(domain) == "gmail.com" {
		local = gmail
	}
	return string(local) + "@" + string(domain), len(local) > 0 && len(domain) > 0
}

// FuzzNormalizeEmail has the laws: normalization is idempotent, and another implementation of the
// rules agrees.
func FuzzNormalizeEmail(f *testing.F) {
	for _, e := range vectors.Emails {
		f.Add(e.Text)
	}
	for _, text := range vectors.NoEmails {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal, err := dii.NormalizeEmail(text)
		want, ok := normalized(text)
		if (err == nil) != ok || ok && normal != want {
			t.Fatalf("%q: %q, %v; want %q, %v", text, normal, err, want, ok)
		}
		if err != nil {
			return
		}
		if again, err := dii.NormalizeEmail(normal); err != nil || again != normal {
			t.Errorf("%q: normalised once %q, twice %q, %v", text, normal, again, err)
		}
	})
}
