package dii_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/dii"
)

// emails have the normalised forms and hashes that the operators' and the official clients' own tests and documents have.
var emails = []struct{ text, normal, hash string }{
	{"TEst.TEST@Test.com ", "test.test@test.com", "dvECjPKZHya0/SIhSGwP0m8SgTv1vzLxPULUOsm880M="},
	{"test.test@gmail.com", "testtest@gmail.com", "LkLfFrut8Tc3h/fIvYDiBKSbaMiau/DtaLBPQYszdMw="},
	{"test+test@test.com", "test+test@test.com", "rQ4yzdOz4uG8N54326QyZD6/JwqrXn4lmy34cVCojB8="},
	{"+test@test.com", "+test@test.com", "weFizOVVWKlLfyorbBU8oxYDv4HJtTZCPMyZ4THzUQE="},
	{"test+test@gmail.com", "test@gmail.com", "h5JGBrQTGorO7q6IaFMfu5cSqqB6XTp1aybOD11spnQ="},
	{"testtest@test.com", "testtest@test.com", "d1Lr/s4GLLX3SvQVMoQdIMfbQPMAGZYry+2V+0pZlQg="},
	{"  testtest@test.com  ", "testtest@test.com", "d1Lr/s4GLLX3SvQVMoQdIMfbQPMAGZYry+2V+0pZlQg="},
	{" TEstTEst@GMail.Com  ", "testtest@gmail.com", "LkLfFrut8Tc3h/fIvYDiBKSbaMiau/DtaLBPQYszdMw="},
	{"TEst.TEst+123@GMail.Com", "testtest@gmail.com", "LkLfFrut8Tc3h/fIvYDiBKSbaMiau/DtaLBPQYszdMw="},
	{"😊testtest@test.com", "😊testtest@test.com", "fAFEUqApQ0V/M9mLj/IO54CgKgtQuARKsOMqtFklD4k="},
	{"testtest@😊test.com", "testtest@😊test.com", "tcng5pttf7Y2z4ylZTROvIMw1+IVrMpR4D1KeXSrdiM="},
	{"testtest@test.com😊", "testtest@test.com😊", "0qI21FPLkuez/8RswfmircHPYz9Dtf7/Nch1rSWEQf0="},
	{"MyEmail@example.com", "myemail@example.com", "FsGNM28LJQ8OLZB0Us65ZYp07NrovJSGTCMSKnLMJ6U="},
	{"My.Email@example.com", "my.email@example.com", "4itTvG+HEnTzpiqzejyu1yFPwU1nYhWpaiQvz62hyB8="},
	{"JANESAOIRSE@example.com", "janesaoirse@example.com", "1mcOepIAfxtf94Xx/IHlOqbT170GvfXEc83HKGwoS20="},
	{"Jane.Saoirse@example.com", "jane.saoirse@example.com", "sZZDLHuYmiypHIN5mVfFFdpT5sE6vyC3j+qU8RfpC/g="},
	{"JaneSaoirse+UID2@example.com", "janesaoirse+uid2@example.com", "bhQ2aMIGWT1ey4p7JyavdNlIQ4pe11/rrcv0u1jrxCc="},
	{"JaneSaoirse+Work@example.com", "janesaoirse+work@example.com", "KKruSBUjDNO069iMUVImVQZm6RrAGZKeOtrD9mwogYA="},
	{"JANE.SAOIRSE@gmail.com", "janesaoirse@gmail.com", "ku4mBX7Z3qJTXWyLFB1INzkyR2WZGW4ANSJUiW21iI8="},
	{"JaneSaoirse+UID2@gmail.com", "janesaoirse@gmail.com", "ku4mBX7Z3qJTXWyLFB1INzkyR2WZGW4ANSJUiW21iI8="},
	{"   jane.doe+home@gmail.com   ", "janedoe@gmail.com", "1hFzBkhe0OUK+rOshx6Y+BaZFR8wKBUn1j/18jNlbGk="},
	{"   USER@EXAMPLE.COM   ", "user@example.com", "tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ="},
	{"refresh-optout@example.com", "refresh-optout@example.com", "NaNI8RU0bL1Jpp1jJLC5aJO/lchc6gGhgXQIAwJ7cV4="},
	{"validate@example.com", "validate@example.com", "ntI244ZRTXwAwpki6/M5cyBYW7h/Wq576lnN3l9+W/c="},
	{"optout@example.com", "optout@example.com", "DYsnJ8r5+cjRDHue98gIGDKvLIMuqAm/RRLODrjqK50="},
	{"foo@bar.com", "foo@bar.com", "DH5qQFhi5ALrdqcPiib8cy0Hwykx6frpqxWCkR0uijs="},
	{"te st@example.com", "test@example.com", "lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs="},
	{"a b @example.com", "ab@example.com", "QfWj4fPHwjpKU9GTV+ERAdaKigVh+Q78egrKku3cp4E="},
	{"a@b .com", "a@b .com", "GGWpFDXeK8xjKFeEiGjBeGyR+cOOfCBF/SLQOmC6fJE="},
	{"TEST@EXAMPLE.COM.", "test@example.com.", "v07cRA5O0qQpqxQYE1q3yqb9PCwOiAvrPGDEkwjAyTI="},
}

func TestEmails(t *testing.T) {
	for _, e := range emails {
		if normal, err := dii.NormalizeEmail(e.text); err != nil || normal != e.normal {
			t.Errorf("%q: %q, %v", e.text, normal, err)
		}
		id, err := dii.Email(e.text)
		if err != nil || id.RevealHash() != e.hash || id.RevealText() != e.text || id.Kind() != dii.KindEmail {
			t.Errorf("%q: %q, %v", e.text, id.RevealHash(), err)
		}
	}
}

func TestTextsThatAreNoEmail(t *testing.T) {
	for _, text := range []string{"", " @", "@", "a@", "@b", "@b.com", "+", " ", "+@gmail.com", ".+@gmail.com", "a@ba@z.com",
		"this is not an email address", "neither.is@this@", "  @x.com", "+x@gmail.com", "a@  "} {
		if id, err := dii.Email(text); !errors.Is(err, dii.ErrEmail) || !id.IsZero() || id.RevealHash() != "" {
			t.Errorf("%q: %v", text, err)
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
	} {
		if normal, err := dii.NormalizeEmail(text); err != nil || normal != want {
			t.Errorf("%q: %q, %v", text, normal, err)
		}
	}
}

func TestPhones(t *testing.T) {
	for text, hash := range map[string]string{
		"+12345678901":     "EObwtHBUqDNZR33LNSMdtt5cafsYFuGmuY4ZLenlue4=",
		"+1234567890":      "QizoLG/BckrIeAQvfQVWU6temD0YbmFoJqctQ4S2ivg=",
		"+123456789012":    "0jTPlMu+7kPPA/ilpG/ikUFK8Hs2xMFVRLHs53JQsgI=",
		"+1234567890123":   "9VxwWSvgVuNqtuczt+1nNgJJfWwThxKBWQfAvESFJ54=",
		"+12345678901234":  "AKY70EN9bKD6e5XACrLnwCD6pxRA5SRnUNa1F2ieZ3c=",
		"+123456789012345": "G0uu2XlelSENCKUYhunTPl2gYYlAPCqCPJ2S4iKtVeg=",
		"+441234567890":    "Rx8SW4ZyKqbPypXmswDNuq0SPxStFXBTG/yvPns/2NQ=",
		"+6512345678":      "xn2K5iZn+pV1H0nXXILY8ggcGt9dClVnIX13SXVVpZ8=",
		"+61491570006":     "hYZYBT0uEit9nd7y9l5C5zjnQhvjK3qR3zWus+j8zo8=",
		"+00000000000":     "313yQvZOTb0vjjEU7sTO/UWxGPzVppIbCyQEJEnfxLo=",
		"+00000000002":     "0VoxsIuk88qt7TnZaTC//C9Vur3pR1zBMIr1cJe7xjE=",
		"+1111111111":      "wdN1alhrbw1Bmz49GzKGdPvGxLhCNn7n3teAOQ/FSK4=",
	} {
		id, err := dii.Phone(text)
		if err != nil || id.RevealHash() != hash || id.RevealText() != text || id.Kind() != dii.KindPhone {
			t.Errorf("%q: %q, %v", text, id.RevealHash(), err)
		}
	}
}

func TestTextsThatAreNoPhone(t *testing.T) {
	for _, text := range []string{"", "asdaksjdakfj", "+", "12345678", "123456789", "1234567890", "+12345678", "+123456789",
		"+ 12345678", "+ 123456789", "+ 1234 5678", "+ 1234 56789", "+1234567890123456", "+1234567890A", "+1234567890 ",
		"+1234567890+", "+12345+67890", "555-555-5555", "(555) 555-5555", "1 (123) 456-7890", emails[0].hash, "+١٢٣٤٥٦٧٨٩٠"} {
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
	for _, text := range []string{"", b64[:43], b64 + "=", digits[:63], digits + "00", "g" + digits[1:], "foo@bar.com", b64[:20] + "\n" + b64[21:], b64[:42] + "t="} {
		if _, err := dii.HashedEmail(text); !errors.Is(err, dii.ErrHash) {
			t.Errorf("%q: %v", text, err)
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
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %d", id, id, id, id, id, id, id) + fmt.Sprint(struct{ dii.Identity }{id}) + log.String() + string(inJSON)
	for _, secret := range []string{"canary", id.RevealHash(), fmt.Sprintf("%x", "canary")} {
		if strings.Contains(printed, secret) {
			t.Errorf("printed: %s", printed)
		}
	}
}

func FuzzNormalizeEmail(f *testing.F) {
	for _, e := range emails {
		f.Add(e.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal, err := dii.NormalizeEmail(text)
		if err != nil {
			if normal != "" {
				t.Errorf("an error and %q", normal)
			}
			return
		}
		again, err := dii.NormalizeEmail(normal)
		if err != nil || again != normal {
			t.Errorf("%q: normalised once %q, twice %q, %v", text, normal, again, err)
		}
		if strings.Count(normal, "@") != 1 || len(normal) > len(text) {
			t.Errorf("%q: %q", text, normal)
		}
	})
}
