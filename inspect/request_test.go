package inspect

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/module/redact"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// everyRequest is all of fixtures' samples, and hostile requests.
func (w *requestWorld) everyRequest(t testing.TB) []string {
	t.Helper()
	all := w.hostileRequests(t, 500)
	for _, text := range w.samples(t) {
		all = append(all, text)
	}
	return all
}

// What the inspector says to be found is what a bidder finds, with the same verdicts.
func TestFindsWhatABidderFinds(t *testing.T) {
	w := newRequestWorld(t)
	decrypter, err := bidstream.New(bidstream.WithKeys(1, w.inspector.config.Keys[1]), bidstream.WithKeys(2, w.inspector.config.Keys[2]), bidstream.WithOptOuts(&w.optOuts))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := bidder.New(decrypter, bidder.Annotate)
	if err != nil {
		t.Fatal(err)
	}
	found, refused := 0, 0
	for _, text := range w.everyRequest(t) {
		r := w.inspect(t, text)
		var statuses, want []string
		for _, uid := range r.UIDs {
			switch {
			case uid.Found && uid.Why != "", !uid.Found && (uid.Why == "" || uid.Token != nil || uid.Duplicate != 0):
				t.Fatalf("%+v in %s", uid, text)
			case uid.Duplicate > 0:
				uid.Token = r.UIDs[uid.Duplicate-1].Token
			}
			if uid.Found {
				statuses = append(statuses, uid.Token.Status)
			}
		}
		differs := false // in the name, between readers
		for _, note := range r.Notes {
			differs = differs || strings.HasPrefix(note, "Readers differ")
		}
		for uid, err := range reader.UIDs([]byte(text), w.now) {
			if err != nil {
				refused++
				continue
			}
			want = append(want, uid.Verdict.Status.String())
		}
		slices.Sort(statuses) // the bidder finds those of user.eids first
		slices.Sort(want)
		if !slices.Equal(statuses, want) && !differs {
			t.Fatalf("%v, want %v, in %s", statuses, want, text)
		}
		found += len(want)
	}
	if found < 1000 || refused < 50 {
		t.Errorf("%d uids were found, and %d requests refused: the test says little", found, refused)
	}
}

// What a delivery adds is what the module writes for a listed bidder, and the gates are the module's.
func TestDeliversWhatTheModuleDelivers(t *testing.T) {
	w := newRequestWorld(t)
	module, err := w.inspector.newAnnotator()
	if err != nil {
		t.Fatal(err)
	}
	defer module.Close()
	raws, withheld := 0, 0
	for _, text := range w.everyRequest(t) {
		var req openrtb2.BidRequest
		if json.Unmarshal([]byte(text), &req) != nil {
			continue
		}
		_, refusal := openrtb.Locate([]byte(text))
		deliveries, err := w.inspector.deliver([]byte(text), &req, refusal == nil, w.now)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range deliveries {
			auction := module.Resolve(context.Background(), &req, w.now)
			decision, err := module.ForBidder(context.Background(), auction, listedAs(modes[i]), &req, nil, w.now)
			if err != nil {
				t.Fatal(err)
			}
			user, _ := decision.Apply(&req)
			if got := unmarshaled(t, d.after).User; !sameJSON(t, got, user) {
				t.Fatalf("%v: %s\ngot %s", modes[i], text, d.after)
			}
			raws += strings.Count(string(d.after), `"raw":"`)
			if d.withheld != "" {
				withheld++
			}
		}
		r := w.inspect(t, text)
		reason, closed := privacy.Default().Closed(&req)
		first := ""
		for _, gate := range r.Gates {
			if gate.Closed && first == "" {
				first = gate.Reason
			}
		}
		if closed != (first != "") || closed && first != reason.String() {
			t.Fatalf("closed by %q, want %v, in %s", first, reason, text)
		}
	}
	if raws < 500 || withheld < 50 {
		t.Errorf("%d raw UIDs, withheld %d times: the test says little", raws, withheld)
	}
}

func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	var values [2]any
	for i, v := range []any{a, b} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &values[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// A closed gate has a signal that closes it, and says why; no signal closes an open one.
func TestSignalsCloseTheGates(t *testing.T) {
	w := newRequestWorld(t)
	seen := map[string]int{}
	for _, text := range w.everyRequest(t) {
		r := w.inspect(t, text)
		checkGates(t, r, text)
		for _, gate := range r.Gates {
			if gate.Closed {
				seen[gate.Reason]++
			}
		}
	}
	for _, reason := range privacy.Reasons() {
		if seen[reason.String()] < 10 {
			t.Errorf("the gate %v was closed %d times", reason, seen[reason.String()])
		}
	}
}

// checkGates holds signals and gates against each other. Only GDPR's gate may be closed by the host.
func checkGates(t *testing.T, r *Request, text string) {
	t.Helper()
	closes := map[string]bool{}
	for _, s := range r.Signals {
		for reason := range strings.SplitSeq(s.Closes, ", ") {
			closes[reason] = true
		}
	}
	for _, gate := range r.Gates {
		byHost := gate.Reason == "gdpr" && strings.Contains(gate.Why, "the host's setting")
		if gate.Why == "" || gate.Closed != (closes[gate.Reason] || byHost) {
			t.Fatalf("%+v with %+v in %s", gate, r.Signals, text)
		}
	}
}

// No report has a raw UID that wasn't to be revealed, of the request's users or anybody else, in any
// encoding that the module's redaction knows.
func TestNoRawUIDUnlessRevealed(t *testing.T) {
	w := newRequestWorld(t)
	all := w.everyRequest(t)
	var raws []string
	for raw := range w.raws {
		raws = append(raws, raw)
	}
	known := redact.New(raws)
	revealed := 0
	for _, text := range all {
		report, err := json.Marshal(w.inspect(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if _, found := known.Bytes(report); found > 0 {
			t.Fatalf("%d raw UIDs in the report of %s", found, text)
		}
		input := w.input(text)
		input.Reveal = true
		r, err := w.inspector.request([]byte(text), input)
		if err != nil {
			t.Fatal(err)
		}
		report, _ = json.Marshal(r)
		_, found := known.Bytes(report)
		revealed += found
	}
	if revealed < 500 {
		t.Errorf("%d raw UIDs were revealed: the test says little", revealed)
	}
}

// TestClosedGatesReveal: behind a closed gate no raw UID is revealed, whoever asks.
func TestClosedGatesReveal(t *testing.T) {
	w := newRequestWorld(t)
	for coppa, want := range map[string]bool{"0": true, "1": false} {
		text := `{"imp":[{"id":"1"}],"site":{"domain":"example.com"},"regs":{"coppa":` + coppa + `},"user":{"eids":[` + eidOf(uidOf(w.alice())) + `]}}`
		input := w.input(text)
		input.Reveal = true
		r, err := w.inspector.request([]byte(text), input)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := json.Marshal(r)
		shown := false
		for raw := range w.raws {
			shown = shown || strings.Contains(string(report), raw)
		}
		if shown != want || hasNote(r, "because of coppa") == want {
			t.Errorf("coppa %s: shown %t: %s", coppa, shown, report)
		}
	}
}
