package inspect

import (
	"encoding/json"
	"testing"

	"github.com/uid2rtb/uid2rtb/fixtures"
)

// FuzzInspect: whatever a text is, it is explained without a panic, the report is JSON, its kind's
// pointer and no other one is set, a token's checks agree with package bidstream, and nothing is
// revealed.
func FuzzInspect(f *testing.F) {
	for _, text := range texts() {
		f.Add(text, "example.com", false)
	}
	for _, sample := range fixtures.Samples() {
		f.Add(string(sample.Request), "", true)
	}
	i, s := inspector(f, nil), newSecrets()
	f.Fuzz(func(t *testing.T, text, name string, sharing bool) {
		input := Input{Text: text, Name: name, NowMs: now, Secret: testSecret()}
		if sharing {
			input.Role = roleSharer
		}
		report := i.Inspect(input)
		out, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if part := s.in(string(out)); part != "" && s.in(name) == "" {
			t.Fatalf("%q is in %s", part, out)
		}
		consistent(t, report)
		token := i.token(text, 0, name, input)
		agrees(t, i, text, token, input)
	})
}

// consistent checks what must hold for every report.
func consistent(t testing.TB, report Report) {
	t.Helper()
	for kind, set := range map[Kind]bool{
		KindToken: report.Token != nil, KindRequest: report.Request != nil, KindRawUID: report.RawUID != nil,
		KindIdentity: report.Identity != nil, KindAnswer: report.Answer != nil,
	} {
		if set != (report.Kind == kind) {
			t.Errorf("%s, but the pointer of %s is set: %t", report.Kind, kind, set)
		}
	}
	if report.Kind == "" || report.Summary == "" || report.NowMs == 0 {
		t.Errorf("%+v", report)
	}
}
