package uid2test_test

import (
	"fmt"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestGoldenV4RawUIDs reproduces the raw UIDs that the operator's own code makes from
// test@example.com.
func TestGoldenV4RawUIDs(t *testing.T) {
	key := [32]byte([]byte("key12345key12345key12345key12345"))
	for metadata, want := range map[byte]string{
		0x20: "IA9CQGO0P7Jo0WZGn+u4GJGWm6kt+ZS7FFBvC+sNzMg2",
		0x60: "YA9CQOrVBF/hQnjDWYASorQIWrGn3DcwMKjXk1M0DEqu",
		0xA0: "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1",
		0xA4: "pA9CQFKNUqobiRunPAIZvTKiENjkwX//jHSWq6J5XfF1",
		0xB0: "sA9CQD3+5LvIsQP3gHiaTm50tJ3YKa0RTSNG02CEvUoW",
	} {
		got := uid2test.GoldenV4("salt1234salt1234salt1234salt1234", 1_000_000, key, metadata, "test@example.com")
		if got.Reveal() != want {
			t.Errorf("%02x: another raw UID", metadata)
		}
	}
}

func TestRawUIDsTellWhatTheyAre(t *testing.T) {
	environments := []codec.Environment{codec.EnvironmentTest, codec.EnvironmentIntegration, codec.EnvironmentProduction}
	seen := make(map[codec.RawUID]string)
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		for _, environment := range environments {
			s := uid2test.NewUnstartedServer(uid2test.WithScope(scope), uid2test.WithEnvironment(environment))
			for kind, spec := range map[codec.IdentityType]uid2test.TokenSpec{codec.TypeEmail: {Email: email}, codec.TypePhone: {Phone: phone}} {
				for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
					spec.RawUIDVersion = version
					got := s.RawUID(spec)
					name := fmt.Sprintf("v%d %v %v", version, scope, kind)
					want := fmt.Sprint(version, scope, kind, codec.EnvironmentUnknown)
					switch version {
					case codec.V2:
						want = fmt.Sprint(version, codec.Scope(0), codec.TypeUnknown, codec.EnvironmentUnknown)
					case codec.V4:
						want = fmt.Sprint(version, scope, kind, environment)
						name += environment.String()
					}
					if is := fmt.Sprint(got.Version(), got.Scope(), got.Type(), got.Environment()); is != want || !got.Valid() {
						t.Errorf("%s: is %s, valid: %t", name, is, got.Valid())
					}
					if other, taken := seen[got]; taken && other != name {
						t.Errorf("%s and %s have the same raw UID", name, other)
					}
					seen[got] = name
				}
			}
		}
	}
}

// TestOneUserHasOneRawUID in whichever way the address is written, and for any token version.
func TestOneUserHasOneRawUID(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	want := s.RawUID(uid2test.TokenSpec{Email: "janedoe@gmail.com"})
	for _, spec := range []uid2test.TokenSpec{
		{Email: "   Jane.Doe+home@Gmail.com   "},
		{Email: "janedoe@gmail.com", Version: codec.V2, SiteID: 7001, PrivacyBits: 7, ExpiresMs: 1, UnknownSiteKey: true},
		{UID: want, RawUIDVersion: codec.V4},
	} {
		if s.RawUID(spec) != want {
			t.Error("another raw UID")
		}
	}
	if s.RawUID(uid2test.TokenSpec{Email: "johndoe@gmail.com"}) == want {
		t.Error("two users have one raw UID")
	}
}

// TestNormalEmail checks what operators document and do.
func TestNormalEmail(t *testing.T) {
	for in, want := range map[string]string{
		"TEst.TEST@Test.com ":          "test.test@test.com",
		"test.test@gmail.com":          "testtest@gmail.com",
		"test+test@test.com":           "test+test@test.com",
		"+test@test.com":               "+test@test.com",
		"test+test@gmail.com":          "test@gmail.com",
		"  testtest@test.com  ":        "testtest@test.com",
		" TEstTEst@GMail.Com  ":        "testtest@gmail.com",
		"TEst.TEst+123@GMail.Com":      "testtest@gmail.com",
		"\U0001F60Atesttest@test.com":  "\U0001F60Atesttest@test.com",
		"   jane.doe+home@gmail.com  ": "janedoe@gmail.com",
		"te st@example.com":            "test@example.com",
		"a b @example.com":             "ab@example.com",
		"a@b .com":                     "a@b .com",
		"TEST@EXAMPLE.COM.":            "test@example.com.",
		"a.b+c@googlemail.com":         "a.b+c@googlemail.com",
	} {
		if got, ok := uid2test.NormalEmail(in); got != want || !ok {
			t.Errorf("%q: got %q, %t", in, got, ok)
		}
	}
	for _, in := range []string{
		"", " @", "@", "a@", "@b", "@b.com", "+", " ", "+@gmail.com", ".+@gmail.com", "a@ba@z.com",
		"this is not an email address", "neither.is@this@", "  @x.com", "+x@gmail.com",
	} {
		if got, ok := uid2test.NormalEmail(in); ok {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

func TestNormalPhone(t *testing.T) {
	for _, in := range []string{"+12345678901", "+1234567890", "+123456789012345", "+00000000000"} {
		if !uid2test.NormalPhone(in) {
			t.Errorf("%q is refused", in)
		}
	}
	for _, in := range []string{
		"", "asdaksjdakfj", "+", "1234567890", "+123456789", "+ 1234 56789", "+1234567890123456", "+1234567890A", "+1234567890 ",
		"+1234567890+", "+12345+67890", "555-555-5555", "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661",
	} {
		if uid2test.NormalPhone(in) {
			t.Errorf("%q is taken", in)
		}
	}
}
