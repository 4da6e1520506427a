package inspect

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// leak is how long a part of a raw UID may be at most, in characters of base64 or hexadecimal.
const leak = 8

// secrets are what no report may have.
type secrets struct {
	parts map[string]bool // of raw UIDs
	whole []string        // halves of keys: the IVs of the vectors count like the keys do
}

// newSecrets are all raw UIDs of the vectors, in every form, and all keys' secrets.
func newSecrets() *secrets {
	s := &secrets{parts: make(map[string]bool)}
	for _, v := range fixtures.RawUIDVectors() {
		s.addBase64(v.UID)
		s.addBase64(v.Announced)
	}
	for _, v := range fixtures.TokenVectors() {
		s.addBase64(v.UID)
	}
	for _, v := range fixtures.KeyVectors() {
		s.addKey(v.Secret)
	}
	s.addKey(fixtures.Envelopes().Secret)
	return s
}

func (s *secrets) addKey(b []byte) {
	text := base64.StdEncoding.EncodeToString(b)
	s.whole = append(s.whole, text[:len(text)/2], text[len(text)/2:], hex.EncodeToString(b[:len(b)/2]), hex.EncodeToString(b[len(b)/2:]))
}

func (s *secrets) addBase64(text string) {
	b, _ := base64.StdEncoding.DecodeString(text)
	s.addBytes(b)
}

func (s *secrets) addBytes(b []byte) {
	standard := base64.StdEncoding.EncodeToString(b)
	for _, form := range []string{standard, base64.URLEncoding.EncodeToString(b), hex.EncodeToString(b), hex.EncodeToString([]byte(standard))} {
		for at := 0; at+leak <= len(form); at++ {
			if part := form[at : at+leak]; strings.Trim(part, part[:1]) != "" { // not one digit, as in 00000000
				s.parts[part] = true
			}
		}
	}
}

// in returns a part of a secret that a text has, or "".
func (s *secrets) in(text string) string {
	for at := 0; at+leak <= len(text); at++ {
		if s.parts[text[at:at+leak]] {
			return text[at : at+leak]
		}
	}
	for _, part := range s.whole {
		if strings.Contains(text, part) {
			return part
		}
	}
	return ""
}

// TestNothingRevealed: unless raw UIDs are to be revealed, no report on any vector has a part of
// one, and no report ever has one of a key.
func TestNothingRevealed(t *testing.T) {
	s := newSecrets()
	var optOuts bidstream.MemoryOptOuts
	for _, i := range []*Inspector{inspector(t, nil), inspector(t, &optOuts), newInspector(t, Config{})} {
		for _, text := range texts() {
			for _, role := range []string{"", "sharer"} {
				for _, mutant := range mutants(text) {
					report := i.Inspect(Input{Text: mutant, NowMs: now, Role: role, Name: "example.com", Secret: testSecret()})
					out, err := json.Marshal(report)
					if err != nil {
						t.Fatal(err)
					}
					if part := s.in(string(out)); part != "" {
						t.Fatalf("%q is in the report on %.40q…: %s", part, text, out)
					}
				}
			}
		}
	}
}

// testSecret is the client secret of the vectors.
func testSecret() string { return base64.StdEncoding.EncodeToString(fixtures.Envelopes().Secret) }

// texts are all that the vectors have.
func texts() (all []string) {
	for _, v := range fixtures.TokenVectors() {
		all = append(all, v.Text, v.StandardText, "UID2:"+v.Text)
		identity, _ := json.Marshal(map[string]any{
			"advertising_token": v.Text, "refresh_token": "r", "identity_expires": now, "refresh_from": now, "refresh_expires": now,
			"refresh_response_key": testSecret(),
		})
		all = append(all, string(identity))
	}
	for _, v := range fixtures.MalformedTokens() {
		all = append(all, v.Text)
	}
	for _, v := range fixtures.RawUIDVectors() {
		all = append(all, v.UID, v.Announced, `{"status":"success","body":{"mapped":[{"identifier":"x","advertising_id":"`+v.UID+`","bucket_id":"b"}]}}`,
			`{"status":"success","body":{"email":[{"u":"`+v.UID+`","p":null,"r":1}]}}`,
			`{"status":"success","body":{"opted_out":[{"advertising_id":"`+v.UID+`","opted_out_since":1}]}}`,
			`{"status":"`+v.UID+`","message":"`+v.UID+`"}`)
	}
	for _, v := range fixtures.KeyAnswers() {
		all = append(all, string(v.Answer))
	}
	for _, v := range fixtures.MalformedKeyAnswers() {
		all = append(all, string(v))
	}
	for _, v := range fixtures.Envelopes().Response.Vectors {
		all = append(all, base64.StdEncoding.EncodeToString(v.Envelope))
	}
	for _, v := range fixtures.Envelopes().Request.Vectors {
		all = append(all, base64.StdEncoding.EncodeToString(v.Envelope))
	}
	p := fixtures.Publisher()
	return append(all, base64.StdEncoding.EncodeToString(p.Generate.Body), base64.StdEncoding.EncodeToString(p.Refresh.Body))
}

// mutants are a text and what may become of it.
func mutants(text string) []string {
	all := []string{text, "  \"" + text + "\"\n", text + "A", "A" + text}
	for at := 0; at < len(text); at += 1 + len(text)/10 {
		all = append(all, text[:at], text[at:], text[:at]+"x"+text[min(at+1, len(text)):], text[:at]+"*"+text[at:], text[:at]+"\n"+text[at:])
	}
	return all
}

// TestReveal: what is revealed is the raw UID of a token that may be used, and no other one.
func TestReveal(t *testing.T) {
	i := inspector(t, nil)
	for _, v := range fixtures.TokenVectors() {
		if v.Keys != "golden" {
			continue
		}
		usable := v.PrivacyBits&4 == 0
		for name, want := range map[string]bool{"example.com": usable, "foo.com": usable && v.PrivacyBits&2 == 0} {
			report := i.Inspect(Input{Text: v.Text, NowMs: now, Name: name, Reveal: true})
			uid, _ := base64.StdEncoding.DecodeString(v.UID)
			if v.Version == 2 {
				uid = []byte(v.UID)
			}
			shown, inVerdict := fieldsWith(report.Token, hex.EncodeToString(uid)), strings.Contains(string(report.Token.Verdict), v.UID)
			if shown != want || inVerdict != want {
				t.Errorf("%s under %s: in the fields %t, in the verdict %t, want %t", v.ID, name, shown, inVerdict, want)
			}
		}
	}
	for _, v := range fixtures.RawUIDVectors() {
		report := i.Inspect(Input{Text: v.UID, NowMs: now, Reveal: true})
		if want := v.UID; report.RawUID == nil || v.Announced == "" && v.Environment != "production" && v.Environment != "integration" && report.RawUID.Canonical != want {
			t.Errorf("%s: %+v", v.Note, report.RawUID)
		}
	}
}

func fieldsWith(token *Token, hex string) bool {
	for _, layer := range token.Layers {
		for _, field := range layer.Fields {
			if field.Hex == hex {
				return true
			}
		}
	}
	return false
}
