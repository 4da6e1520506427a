package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/sidecar"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestDecryptGoldenTokens checks the fields of every golden token.
func TestDecryptGoldenTokens(t *testing.T) {
	for _, v := range fixtures.TokenVectors() {
		if v.Keys != "golden" && !strings.HasPrefix(v.Keys, "golden") || v.Scope == "EUID" {
			continue
		}
		for _, role := range []string{"bidstream", "sharing"} {
			got := decode(t, ok(t, v.Text+"\n", "decrypt", "-keys", golden(t), "-role", role, "-domain", "example.com", "-now", goldenNow))[0]
			want := map[string]any{
				"status": "Success", "raw_uid": v.UID, "established": float64(v.EstablishedMs), "generated": float64(v.GeneratedMs),
				"expires": float64(v.ExpiresMs), "site_id": float64(v.SiteID), "scope": "UID2", "type": v.Type, "version": float64(v.Version),
				"client_side_generated": v.PrivacyBits&2 != 0,
			}
			if v.Version == 2 {
				delete(want, "generated")
			}
			if v.PrivacyBits&4 != 0 {
				want["status"], want["opted_out"] = "UserOptedOut", true
				delete(want, "raw_uid")
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s as %s:\n%v\nwant\n%v", v.ID, role, got, want)
			}
		}
	}
}

// TestDecryptLines: every line is answered, with any content and of any length.
func TestDecryptLines(t *testing.T) {
	good := fixtures.Token("G3").Text
	in := strings.Join([]string{good, "", good + "\r", "nonsense", strings.Repeat("A", 1<<20), "A4" + strings.Repeat("A", 5000), " " + good, "UID2:" + good, good}, "\n")
	want := "Success InvalidPayload Success VersionNotSupported VersionNotSupported InvalidPayload InvalidPayload Success Success"
	for _, end := range []string{"", "\n"} {
		var got []string
		for _, o := range decode(t, ok(t, in+end, "decrypt", "-keys", golden(t), "-now", goldenNow)) {
			got = append(got, o["status"].(string))
			if status := o["status"]; status != "Success" && len(o) != 1 {
				t.Errorf("%v with %v", status, o)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	if out := ok(t, "", "decrypt", "-keys", golden(t)); out != "" {
		t.Errorf("no line: %q", out)
	}
	if out := ok(t, "\n", "decrypt", "-keys", golden(t), "-now", goldenNow); out != "{\"status\":\"InvalidPayload\"}\n" {
		t.Errorf("an empty line: %q", out)
	}
}

// TestDecryptOrder sends a hundred thousand lines, which are answered in order and as the package
// would.
func TestDecryptOrder(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	keys := s.KeyAnswer(s.Client(), uid2test.PathBidstream)
	snapshot, err := keyset.Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var kinds []string
	for i := range 300 {
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i), Version: codec.Version(2 + i%3), PrivacyBits: codec.PrivacyBits(i % 8)}
		if i%7 == 0 {
			spec.ExpiresMs = 1
		}
		token := []byte(s.Token(spec))
		if i%5 == 0 {
			token[random.IntN(len(token))] ^= 1
		}
		kinds = append(kinds, strings.NewReplacer("\n", "x", "\r", "x").Replace(string(token)))
	}
	decrypter, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot)))
	if err != nil {
		t.Fatal(err)
	}
	var in, want bytes.Buffer
	now := time.Now().Add(time.Hour).Truncate(time.Second)
	for range 100_000 {
		token := kinds[random.IntN(len(kinds))]
		in.WriteString(token + "\n")
		var verdict bidstream.Verdict
		decrypter.DecryptString(&verdict, token, bidstream.Query{Name: "example.com", NowMs: now.UnixMilli()})
		want.Write(append(sidecar.AppendVerdict(nil, &verdict, true), '\n'))
	}
	got := ok(t, in.String(), "decrypt", "-keys", write(t, string(keys)), "-domain", "example.com", "-now", now.Format(time.RFC3339))
	if got != want.String() {
		t.Error("the output differs from what the package says")
	}
}

func TestDecryptWithTheOperatorsKeys(t *testing.T) {
	s := local(t)
	token := s.Token(uid2test.TokenSpec{Email: "user@example.com", PrivacyBits: uid2test.ClientSide})
	for _, c := range []struct {
		want string
		args []string
	}{
		{"DomainOrAppNameCheckFailed", nil}, {"DomainOrAppNameCheckFailed", []string{"-domain", ""}}, {"Success", []string{"-domain", "Example.com"}},
		{"Success", []string{"-role", "sharing"}},
	} {
		if o := decode(t, ok(t, token, append([]string{"decrypt"}, c.args...)...))[0]; o["status"] != c.want {
			t.Errorf("%v: %v", c.args, o["status"])
		}
	}
	if s.Requests(uid2test.PathBidstream) != 3 || s.Requests(uid2test.PathSharing) != 1 {
		t.Errorf("%d and %d requests", s.Requests(uid2test.PathBidstream), s.Requests(uid2test.PathSharing))
	}
}

// TestEncrypt: what is encrypted can be decrypted again.
func TestEncrypt(t *testing.T) {
	s := local(t)
	raw := s.RawUID(uid2test.TokenSpec{Phone: "+12345678902", RawUIDVersion: codec.V4}).Reveal()
	out := decode(t, ok(t, raw+"\nnonsense\n\n", "encrypt"))
	if len(out) != 3 || out[0]["status"] != "Success" || len(out[1]) != 1 || out[1]["status"] != "EncryptionFailure" || out[2]["status"] != "EncryptionFailure" {
		t.Fatal(out)
	}
	back := decode(t, ok(t, out[0]["token"].(string), "decrypt", "-role", "sharing"))[0]
	if back["status"] != "Success" || back["raw_uid"] != raw || back["type"] != "phone" {
		t.Errorf("%v", back["status"])
	}
	for args, want := range map[string]string{"-keyset 70": "Success", "-keyset 71": "NotAuthorizedForKey", "": "Success"} {
		out := decode(t, ok(t, fixtures.Token("G3").UID, append(strings.Fields("encrypt -now "+goldenNow+" "+args), "-keys", golden(t))...))
		if out[0]["status"] != want {
			t.Errorf("%s: %v", args, out[0])
		}
	}
}

// TestKeys: the summary has no secrets.
func TestKeys(t *testing.T) {
	answer := string(fixtures.Answer("golden-uid2"))
	text := ok(t, "", "keys", "-keys", golden(t), "-now", goldenNow)
	for _, part := range []string{"2, of which 2 active", "2037-12-31", "(master)", "(default)", "key 5002 active"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	if strings.Contains(text, "AAECAwQ") {
		t.Error("a secret is shown")
	}
	if old := ok(t, "", "keys", "-keys", golden(t), "-now", "2049-01-01T00:00:00Z"); !strings.Contains(old, "all keys have expired") {
		t.Error(old)
	}
	if raw := ok(t, "", "keys", "-keys", golden(t), "-raw"); strings.TrimSpace(raw) != strings.TrimSpace(answer) {
		t.Error("the raw answer is another one")
	}
	s := local(t)
	out := decode(t, ok(t, "", "keys", "-json", "-role", "sharing"))[0]
	if out["scope"] != "UID2" || out["caller_site_id"] != float64(s.Client().SiteID) || out["synced"] != true {
		t.Error(out)
	}
}

// TestDecryptAnswersAtOnce: a program that writes a line and waits gets its answer, even if it has
// written half of another line.
func TestDecryptAnswersAtOnce(t *testing.T) {
	in, lines := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan int)
	go func() {
		a := &app{in: in, out: out, err: io.Discard, now: time.Now}
		ended <- a.run(context.Background(), []string{"uid2", "decrypt", "-keys", golden(t), "-now", goldenNow})
		out.Close()
	}()
	answer := bufio.NewScanner(answers)
	for range 3 {
		if _, err := io.WriteString(lines, fixtures.Token("G3").Text+"\nhalf of "); err != nil {
			t.Fatal(err)
		}
		if !answer.Scan() || !strings.HasPrefix(answer.Text(), `{"status":"Success"`) {
			t.Fatal(answer.Text())
		}
		if _, err := io.WriteString(lines, "another\n"); err != nil {
			t.Fatal(err)
		}
		if !answer.Scan() || answer.Text() != `{"status":"VersionNotSupported"}` {
			t.Fatal(answer.Text())
		}
	}
	lines.Close()
	if code := <-ended; code != exitOK || answer.Scan() {
		t.Errorf("exit code %d", code)
	}
}

// broken accepts some bytes and then fails.
type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("nobody reads")
	}
	return len(p), nil
}

// TestOutputThatFails: an output that fails ends the reading of an endless input.
func TestOutputThatFails(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(strings.Repeat("token\n", 1000)), zeros{})
	a := &app{in: endless, out: &broken{1 << 20}, err: io.Discard, now: time.Now}
	if code := a.run(context.Background(), []string{"uid2", "decrypt", "-keys", golden(t)}); code != exitFailure {
		t.Errorf("exit code %d", code)
	}
}

// zeros is an endless input of empty lines.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

// TestInputThatFails: the error is reported, after the results for what was read before it.
func TestInputThatFails(t *testing.T) {
	in := io.MultiReader(strings.NewReader("\n\n"), failing{})
	var out bytes.Buffer
	a := &app{in: in, out: &out, err: io.Discard, now: time.Now}
	code := a.run(context.Background(), []string{"uid2", "decrypt", "-keys", golden(t)})
	if code != exitFailure || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("exit code %d, %q", code, out.String())
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk is on fire") }

// BenchmarkDecrypt measures tokens per second, through the whole command.
func BenchmarkDecrypt(b *testing.B) {
	keys := golden(b)
	const n = 100_000
	in := strings.Repeat(fixtures.Token("G3").Text+"\n", n)
	for b.Loop() {
		a := &app{in: strings.NewReader(in), out: io.Discard, err: io.Discard, now: time.Now}
		if code := a.run(context.Background(), []string{"uid2", "decrypt", "-keys", keys, "-now", goldenNow}); code != 0 {
			b.Fatal(code)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}
