package inspect

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/module/redact"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// FuzzRequest: whatever the text is, the report holds together: what is found is what openrtb finds,
// what the gates say is what the policy says, and no raw UID is in it.
func FuzzRequest(f *testing.F) {
	w := newRequestWorld(f)
	for _, text := range w.samples(f) {
		f.Add(text)
	}
	for _, text := range w.hostileRequests(f, 100)[:100] {
		f.Add(text)
	}
	var raws []string
	for raw := range w.raws {
		raws = append(raws, raw)
		f.Add(requestWith(`{"id":"` + raw + `","ext":{"uid2":{"raw":"` + raw + `"}}}`))
	}
	known := redact.New(raws)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := w.inspector.request([]byte(text), w.input(text))
		if err != nil {
			return
		}
		report, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, before := known.String(text); before == 0 {
			if _, found := known.Bytes(report); found > 0 {
				t.Errorf("%d raw UIDs", found)
			}
		}
		located, _ := openrtb.Locate([]byte(text))
		found := 0
		for _, uid := range r.UIDs {
			if uid.Found {
				found++
			}
			if uid.Found == (uid.Why != "") {
				t.Errorf("%+v", uid)
			}
		}
		if found != len(located) {
			t.Errorf("%d uids, want %d", found, len(located))
		}
		if req := unmarshaledOrNil(text); req != nil {
			checkGates(t, r, text)
			_, closed := privacy.Default().Closed(req)
			if open := reflect.DeepEqual(closedGates(r), []string(nil)); open == closed {
				t.Errorf("%+v", r.Gates)
			}
		}
	})
}

func closedGates(r *Request) (closed []string) {
	for _, gate := range r.Gates {
		if gate.Closed {
			closed = append(closed, gate.Reason)
		}
	}
	return closed
}
