package inspect

import (
	"strings"
	"testing"
)

// linesOf writes a difference as text.
func linesOf(lines []Line) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line.Op + " " + line.Text + "\n")
	}
	return b.String()
}

// Each mode is shown: what a usable token, an opted-out one and one that can't be read become.
func TestDeliveriesOfEachMode(t *testing.T) {
	w := newRequestWorld(t)
	request := requestWith(uidOf(w.alice()), uidOf(w.optedOut()), uidOf("garbage"))
	for _, reveal := range []bool{false, true} {
		input := w.input(request)
		input.Reveal = reveal
		r, err := w.inspector.request([]byte(request), input)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []struct {
			mode                                string
			raw, optedOut, invalid, gone, token int
		}{{"annotate", 1, 1, 1, 0, 0}, {"replace", 1, 0, 0, 1, 1}, {"drop_opted_out", 1, 0, 1, 1, 0}} {
			d := r.Deliveries[i]
			text := linesOf(d.Difference)
			raws := strings.Count(text, `"•••"`)
			if reveal {
				for raw := range w.raws {
					raws += strings.Count(text, raw)
				}
			}
			if d.Mode != want.mode || raws != want.raw || strings.Count(text, `"status": "UserOptedOut"`) != want.optedOut ||
				strings.Count(text, `"status": "InvalidPayload"`)+strings.Count(text, `"status": "InvalidToken`) > want.invalid ||
				strings.Contains(text, "- ") != (want.gone > 0) {
				t.Errorf("%s, reveal %t:\n%s", d.Mode, reveal, text)
			}
		}
	}
}

func TestDebugWithholds(t *testing.T) {
	w := newRequestWorld(t)
	for _, debug := range []string{`"test":1`, `"ext":{"prebid":{"debug":true}}`} {
		r := w.inspect(t, `{`+debug+`,`+requestWith(uidOf(w.alice()))[1:])
		if !hasNote(r, "asks for debug output") || !strings.Contains(linesOf(r.Deliveries[0].Difference), `"reason": "debug"`) {
			t.Errorf("%s: %q\n%s", debug, r.Notes, linesOf(r.Deliveries[0].Difference))
		}
	}
	if r := w.inspect(t, `{"ext":{"prebid":{},"Prebid":{}},`+requestWith(uidOf(w.alice()))[1:]); !hasNote(r, "No bidder gets anything") || len(r.Deliveries[0].Difference) != 0 {
		t.Errorf("%q", r.Notes)
	}
}

// Without opt-outs the module withholds, and the report says so.
func TestUnknownOptOuts(t *testing.T) {
	w := newRequestWorld(t, func(c *Config) { c.OptOuts = nil })
	r := w.inspect(t, requestWith(uidOf(w.alice())))
	if text := linesOf(r.Deliveries[0].Difference); !strings.Contains(text, `"opted_out": null`) || strings.Contains(text, `"raw"`) || !hasNote(r, "Who has opted out isn't known") {
		t.Errorf("%q\n%s", r.Notes, text)
	}
}

// Of what openrtb refuses, the module removes the eids.
func TestDeliveryOfAmbiguousEIDs(t *testing.T) {
	w := newRequestWorld(t)
	r := w.inspect(t, `{"user":{"id":"u","ext":{"eids":[`+eidOf(uidOf(w.alice()))+`],"Eids":[]}}}`)
	if text := linesOf(r.Deliveries[0].Difference); !strings.Contains(text, `-     "ext": {`) || !strings.Contains(text, `+     "ext": {}`) || !hasNote(r, "The request is refused") {
		t.Errorf("%q\n%s", r.Notes, text)
	}
}
