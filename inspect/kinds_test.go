package inspect

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// TestPasted: what people paste around a text is taken off, and the report says so.
func TestPasted(t *testing.T) {
	i := inspector(t, nil)
	text := fixtures.Token("G1").Text // standard alphabet, padded
	want := i.Inspect(Input{Text: text, NowMs: now})
	identity := `{"advertising_token":"` + text + `","refresh_token":"r","identity_expires":1,"refresh_from":1,"refresh_expires":1}`
	for pasted, c := range map[string]struct {
		kind Kind
		note string
	}{
		text:                                  {KindToken, ""},
		" \n\t" + text + "\r\n":               {KindToken, "White space around"},
		"\uFEFF" + text + "\u200B":            {KindToken, "White space around"},
		`"` + text + `"`:                      {KindToken, "Quotes"},
		"'" + text + "'":                      {KindToken, "Quotes"},
		"“" + text + "”":                      {KindToken, "Quotes"},
		"`" + text + "`,":                     {KindUnknown, ""},
		"UID2:" + text:                        {KindToken, "prefix"},
		"euid:" + text:                        {KindToken, "prefix"},
		`"UID2:` + text + `"`:                 {KindToken, "prefix"},
		url.QueryEscape(text):                 {KindToken, "percent-encoded"},
		"uid2=" + url.QueryEscape(text):       {KindToken, "name of a cookie"},
		"uid2_token=" + text + ";":            {KindToken, "name of a cookie"},
		text[:50] + "\n  " + text[50:]:        {KindToken, "Line breaks"},
		identity:                              {KindIdentity, ""},
		"__uid_2=" + url.PathEscape(identity): {KindIdentity, "percent-encoded"},
		`{"identity":` + identity + `}`:       {KindIdentity, ""},
		`{"originalToken":{},"latestToken":` + identity + `}`: {KindIdentity, ""},
		quoted(t, identity): {KindIdentity, "Quotes"},
	} {
		report := i.Inspect(Input{Text: pasted, NowMs: now})
		consistent(t, report)
		notes := strings.Join(report.Notes, "\n")
		if report.Kind != c.kind || !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") && c.kind == KindToken {
			t.Errorf("%.30q: %s, %q", pasted, report.Kind, notes)
		}
		token := report.Token
		if report.Identity != nil {
			token = report.Identity.Token
		}
		if c.kind != KindUnknown && (token == nil || token.Status != want.Token.Status || token.Characters != len(text)) {
			t.Errorf("%.30q: another token", pasted)
		}
	}
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestRawUIDs: each of the vectors is what it says it is, and its opt-out is looked up.
func TestRawUIDs(t *testing.T) {
	var optOuts bidstream.MemoryOptOuts
	i := inspector(t, &optOuts)
	for _, v := range fixtures.RawUIDVectors() {
		report := i.Inspect(Input{Text: v.UID, NowMs: now})
		r := report.RawUID
		if r == nil {
			t.Fatalf("%s: %+v", v.Note, report)
		}
		kind := r.Type
		if kind == "" {
			kind = "unknown"
		}
		if r.Version != v.Version || r.Scope != v.Scope || kind != v.Type || r.OptOut != notOptedOut || v.Version == 4 && !strings.Contains(report.Summary, v.Environment) {
			t.Errorf("%s: %+v", v.Note, report)
		}
		for _, field := range r.Fields {
			if !field.Masked || field.Hex != "" || field.Damaged {
				t.Errorf("%s: %+v", v.Note, field)
			}
		}
		if v.Announced != "" {
			announced, _ := codec.DecodeRawUID(v.Announced)
			optOuts.Add(announced, 1)
			if report := i.Inspect(Input{Text: v.UID, NowMs: now}); report.RawUID.OptOut != optedOut || report.Advice == nil {
				t.Errorf("%s: %+v", v.Note, report)
			}
		}
	}
	if r := i.Inspect(Input{Text: strings.Repeat("A", 43) + "="}).RawUID; r == nil || !strings.Contains(strings.Join(r.Notes, " "), "no user") {
		t.Errorf("the marker of a batch: %+v", r)
	}
	changed := "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR2"
	if r := i.Inspect(Input{Text: changed, NowMs: now}).RawUID; r == nil || !r.Fields[len(r.Fields)-1].Damaged {
		t.Errorf("a changed one: %+v", r)
	}
}

// TestAnswers: an answer is recognized by what is in it, encrypted or not, and no key's secret is in
// the report.
func TestAnswers(t *testing.T) {
	i := inspector(t, nil)
	for text, want := range map[string]string{
		string(fixtures.Answer("golden-uid2")):                              endpointSharing,
		string(fixtures.Answer("sdk-tests")):                                endpointBidstream,
		`{"status":"success","body":true}`:                                  endpointValidate,
		`{"status":"success","body":{"opted_out":[]}}`:                      endpointOptOutStatus,
		`{"status":"success","body":{"mapped":[],"unmapped":[]}}`:           endpointMapV2,
		`{"status":"success","body":{"email":[],"phone":[]}}`:               endpointMap,
		`{"status":"success","body":[{"bucket_id":"b","last_updated":""}]}`: endpointBuckets,
		`{"status":"optout"}`:                                               endpointIdentity,
		`{"status":"insufficient_user_consent"}`:                            endpointGenerate,
		`{"status":"expired_token"}`:                                        endpointRefresh,
		`{"status":"unauthorized"}`:                                         "",
		`{"status":"client_error","message":"Invalid timestamp: 7"}`:        "",
		`{"status":"success","body":[{"id":3,"site_id":-1,"created":1,"activates":1,"expires":2,"secret":"o8HsvkwJ5Ulnrd0uui3GpukpwDapj+JLqb7qfN/GJKo="}]}`: endpointLatest,
	} {
		report := i.Inspect(Input{Text: text, NowMs: now})
		consistent(t, report)
		if report.Kind != KindAnswer || report.Answer.Endpoint != want || report.Answer.Enveloped {
			t.Errorf("%.60s: %+v", text, report.Answer)
		}
		sealed := envelopeOf(t, text)
		opened := i.Inspect(Input{Text: sealed, NowMs: now, Secret: testSecret()})
		if opened.Kind != KindAnswer || !opened.Answer.Opened || opened.Answer.Endpoint != want || momentNamed(opened.Answer.Times, "answered") != 77 {
			t.Errorf("%.60s, encrypted: %+v", text, opened.Answer)
		}
		shut := i.Inspect(Input{Text: sealed, NowMs: now})
		if shut.Kind == KindAnswer && (shut.Answer.Opened || shut.Answer.Why == "") {
			t.Errorf("%.60s, without the secret: %+v", text, shut.Answer)
		}
	}
	keys := i.Inspect(Input{Text: string(fixtures.Answer("golden-uid2")), NowMs: now}).Answer.Keys
	if len(keys) != 2 || keys[0].Purpose != purposeMaster || keys[1].Purpose != purposeSite || keys[1].ID != 5002 || !strings.HasPrefix(keys[1].State, "active") {
		t.Errorf("%+v", keys)
	}
	if report := i.Inspect(Input{Text: `{"status":"client_error","message":"Invalid timestamp: 7"}`, NowMs: now}); len(report.Advice) != 1 || !strings.Contains(report.Advice[0], "clock") {
		t.Errorf("%+v", report)
	}
}

// envelopeOf encrypts an answer as an operator does at time 77.
func envelopeOf(t *testing.T, text string) string {
	t.Helper()
	sealed, err := envelope.AppendResponse(nil, fixtures.Envelopes().Secret, 77, [envelope.NonceSize]byte{1}, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(sealed)
}

// TestRealAnswers opens a real operator's answers to a publisher.
func TestRealAnswers(t *testing.T) {
	i, p := inspector(t, nil), fixtures.Publisher()
	generated := i.Inspect(Input{Text: base64.StdEncoding.EncodeToString(p.Generate.Body), NowMs: p.Generate.ServerMs, Secret: testSecret()})
	if a := generated.Answer; a == nil || a.Endpoint != endpointIdentity || a.Identity == nil || momentNamed(a.Times, "token expires") != p.Generate.IdentityExpiresMs || momentNamed(a.Times, "answered") != p.Generate.ServerMs {
		t.Errorf("%+v", generated)
	}
	refreshed := i.Inspect(Input{Text: base64.StdEncoding.EncodeToString(p.Refresh.Body), NowMs: p.Generate.ServerMs, Secret: base64.StdEncoding.EncodeToString(p.Refresh.Key)})
	if a := refreshed.Answer; a == nil || a.Endpoint != endpointRefresh || a.Identity == nil {
		t.Errorf("%+v", refreshed)
	}
	gone := i.Inspect(Input{Text: base64.StdEncoding.EncodeToString(p.RefreshOptOut.Body), NowMs: 1, Secret: base64.StdEncoding.EncodeToString(p.RefreshOptOut.Key)})
	if a := gone.Answer; a == nil || a.Status != "optout" || gone.Advice == nil || a.Endpoint != endpointRefresh {
		t.Errorf("%+v", gone)
	}
	for _, v := range fixtures.Envelopes().Request.Vectors {
		report := i.Inspect(Input{Text: base64.StdEncoding.EncodeToString(v.Envelope), NowMs: now, Secret: testSecret()})
		if out, _ := json.Marshal(report); report.Answer == nil || !report.Answer.Opened || strings.Contains(string(out), "example.com") {
			t.Errorf("a request: %s", out)
		}
	}
}

// TestPredicates are those of the protocol, one second before and after each of the times.
func TestPredicates(t *testing.T) {
	p := fixtures.Publisher().Generate
	identity, _ := json.Marshal(map[string]any{
		"advertising_token": "A4AA", "refresh_token": "r", "identity_expires": p.IdentityExpiresMs, "refresh_from": p.RefreshFromMs,
		"refresh_expires": p.RefreshExpiresMs, "refresh_response_key": p.RefreshResponseKey,
	})
	for at, want := range map[int64][]Outcome{
		p.RefreshFromMs - second:     {Passed, Passed, Passed},
		p.RefreshFromMs + second:     {Passed, Passed, Failed},
		p.IdentityExpiresMs - second: {Passed, Passed, Failed},
		p.IdentityExpiresMs + second: {Failed, Passed, Failed},
		p.RefreshExpiresMs - second:  {Failed, Passed, Failed},
		p.RefreshExpiresMs + second:  {Failed, Failed, Failed},
	} {
		report := newInspector(t, Config{}).Inspect(Input{Text: string(identity), NowMs: at})
		var got []Outcome
		for _, predicate := range report.Identity.Predicates {
			got = append(got, predicate.Outcome)
		}
		if !slices.Equal(got, want) || slices.Contains(got, Failed) != (report.Advice != nil) {
			t.Errorf("at %d: %v, want %v: %v", at, got, want, report.Advice)
		}
	}
}

// TestUnknown: a text that is nothing says for each kind why it isn't of it, and repeats nothing.
func TestUnknown(t *testing.T) {
	i := inspector(t, nil)
	for text, says := range map[string]string{
		"":                          "empty",
		" \n":                       "empty",
		"nonsense":                  "begins with the bytes 9e89",
		"canary@example.com":        "uid2 map",
		"+12345678901":              "uid2 map",
		strings.Repeat("0a", 32):    "hexadecimal",
		strings.Repeat("0a", 33):    "hexadecimal",
		"{":                         "byte",
		`{"canary":`:                "byte",
		`{"canary":1}`:              "none of imp",
		"[1]":                       "byte",
		"[{}]":                      "none of imp",
		"-----BEGIN PRIVATE KEY":    "certificate",
		strings.Repeat("{", 20_000): "byte",
	} {
		report := i.Inspect(Input{Text: text, NowMs: now})
		consistent(t, report)
		out, _ := json.Marshal(report)
		if report.Kind != KindUnknown || !strings.Contains(string(out), says) || strings.Contains(string(out), "canary") {
			t.Errorf("%.30q: %s", text, out)
		}
	}
	long := i.Inspect(Input{Text: strings.Repeat("A", MaxInput+1), NowMs: now})
	consistent(t, long)
	if long.Kind != KindUnknown || !strings.Contains(long.Summary, "at most") {
		t.Errorf("%+v", long)
	}
}
