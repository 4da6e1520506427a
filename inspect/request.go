package inspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// errNotRequest is what request returns for JSON that is something else.
var errNotRequest = errors.New("a bid request is a JSON object with at least one of imp, site, app, dooh, user, device and regs")

// request explains a bid request. input.NowMs must be set.
func (i *Inspector) request(text []byte, input Input) (*Request, error) {
	if !json.Valid(text) || !looksLikeRequest(text) {
		return nil, errNotRequest
	}
	r := &reading{inspector: i, text: text, input: input, report: &Request{
		OpenRTB: "none", UIDs: []UID{}, Gates: []Gate{}, Signals: []Signal{}, Deliveries: []Delivery{},
	}}
	r.input.Role = "" // who gets a bid request is a bidder
	r.decode()
	r.name()
	r.privacy()
	deliveries := r.deliver()
	r.listUIDs()
	r.mask(deliveries)
	return r.report, nil
}

// looksLikeRequest reports whether an object has a key that bid requests have.
func looksLikeRequest(text []byte) bool {
	s := strictjson.Scanner{Data: text}
	s.Lenient()
	s.Space()
	found := false
	_ = s.Object(func(k strictjson.Key, _ strictjson.Span) error {
		for _, name := range []string{"imp", "site", "app", "dooh", "user", "device", "regs"} {
			found = found || k.LooksLike(name)
		}
		return s.Skip()
	})
	return found
}

// reading is what is found out about one request.
type reading struct {
	inspector *Inspector
	text      []byte
	input     Input
	report    *Request

	req     *openrtb2.BidRequest // as Prebid Server reads it; nil if it doesn't
	located []openrtb.Location   // of the uids that are taken for tokens
	refusal error                // of package openrtb, for the text as a whole
	raws    []string             // that a bidder would get
}

func (r *reading) note(format string, args ...any) {
	r.report.Notes = append(r.report.Notes, fmt.Sprintf(format, args...))
}

// decode reads the request, both as its bytes and as Prebid Server does.
func (r *reading) decode() {
	if r.located, r.refusal = openrtb.Locate(r.text); r.refusal != nil {
		r.note("The request is refused: %s. A bidder that reads it with this library gets nothing; Prebid Server may still read it in its own way, and the differences below show what the module makes of that.", refusalText(r.refusal))
	}
	var req openrtb2.BidRequest
	if err := json.Unmarshal(r.text, &req); err != nil {
		r.note("Prebid Server would answer 400: %s. So the gates and the bidders' requests aren't shown.", decodeText(err))
		return
	}
	r.req = &req
	if r.inspector.config.OptOuts == nil {
		r.note("Who has opted out isn't known here, so no bidder is shown to get a raw UID.")
	}
}

// decodeText says what is wrong with a request without quoting it.
func decodeText(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return shown(wrong.Field) + " has a value of another type than OpenRTB wants"
	}
	return "it isn't a request as OpenRTB wants it"
}

// name finds the name that tokens are held to.
func (r *reading) name() {
	place := openrtb.PlaceRaw(r.text)
	name := place.Name()
	if r.req != nil {
		typed := openrtb.PlaceOf(r.req)
		if place = typed; typed.Name() != name {
			r.note("Readers differ in the name of this request: a key on the way to it is there twice or in another letter case. A bidder that reads it with this library takes none.")
		}
	}
	r.report.Name, r.report.NameFrom = place.Name(), place.From()
}

// privacy asks the gates, and lists the signals.
func (r *reading) privacy() {
	if r.req == nil {
		return
	}
	policy := r.inspector.config.Privacy
	gates, signals := gatesOf(policy, r.req), signalsOf(r.req, policy.Scope)
	markClosed(signals, gates, policy.Scope)
	explainGates(gates, signals)
	r.report.Gates = gates
	for _, s := range signals {
		r.report.Signals = append(r.report.Signals, s.Signal)
	}
}

func (r *reading) now() time.Time { return time.UnixMilli(r.input.NowMs) }

// deliver makes what listed bidders would get.
func (r *reading) deliver() []delivery {
	if r.req == nil {
		return nil
	}
	deliveries, err := r.inspector.deliver(r.text, r.req, r.refusal == nil, r.now())
	if err != nil {
		r.note("What bidders would get can't be shown.")
		return nil
	}
	for _, d := range deliveries {
		r.raws = append(r.raws, d.raws...)
	}
	switch d := deliveries[0]; {
	case d.listed && d.withheld == "debug":
		r.note("The request asks for debug output (test: 1, or ext.prebid.debug). Prebid Server then shows bidders' requests to the caller, so raw UIDs are withheld from all of them.")
	case !d.listed && len(r.located) > 0:
		r.note("No bidder gets anything of this request: ext.prebid can be read in two ways.")
	}
	return deliveries
}

// listUIDs lists what became of each uid.
func (r *reading) listUIDs() {
	walk := walkUIDs(r.text, r.located)
	r.places(walk)
	input := r.input
	if gate := r.closedGate(); gate != "" && input.Reveal {
		input.Reveal = false
		r.note("No token's raw UID is revealed, because of %s: no bidder would get it.", gate)
	}
	seen := make(map[tokenKey]int)
	for _, c := range walk.uids {
		uid := UID{Path: c.path, Source: c.source, Found: walk.found[c.Start], Forgery: c.forged}
		if !uid.Found {
			uid.Why = c.why(r.refusal)
		} else if same := seen[tokenKey{c.system, c.id}]; same > 0 {
			uid.Duplicate = same
		} else {
			seen[tokenKey{c.system, c.id}] = len(r.report.UIDs) + 1
			query := bidder.Query(c.system, r.report.Name, r.now())
			uid.Token = r.inspector.token(openrtb.Token(c.id), query.Scope, query.Name, input)
		}
		r.report.UIDs = append(r.report.UIDs, uid)
	}
	if walk.notListed > 0 {
		r.note("%d more uids were passed over, and aren't listed.", walk.notListed)
	}
	if n := len(walk.forgeries); n > 0 {
		r.note("The request came with %d annotations (ext.uid2). Only the decrypter of the tokens may write these: they are forgeries, and are removed for every bidder. What they say isn't shown.", n)
	}
}

// closedGate returns the reason of a gate that is closed, or "".
func (r *reading) closedGate() string {
	for _, gate := range r.report.Gates {
		if gate.Closed {
			return gate.Reason
		}
	}
	return ""
}

// tokenKey identifies a token of a request, as the module does.
type tokenKey struct {
	system openrtb.Source
	id     string
}

// places says where the eids are.
func (r *reading) places(walk *uidWalk) {
	in26, in25 := walk.paths["user.eids"], walk.paths["user.ext.eids"]
	switch {
	case in26 && in25:
		r.report.OpenRTB = "both"
		r.note("The request has eids in user.eids and in user.ext.eids. Prebid Server keeps user.eids alone, even if it is empty; who reads the request itself finds both.")
	case in26:
		r.report.OpenRTB = "2.6"
	case in25:
		r.report.OpenRTB = "2.5"
	}
}

// mask fills in the differences, and takes raw UIDs out of all that is quoted of the request. Notes and
// reasons quote nothing.
func (r *reading) mask(deliveries []delivery) {
	m := newMasker(r.input.Reveal, r.raws)
	var before []byte
	for i, d := range deliveries {
		if i == 0 { // it is the same for all
			before = m.withForgeries(d.before)
		}
		r.report.Deliveries = append(r.report.Deliveries, Delivery{Mode: d.mode.String(), Difference: Difference(before, m.json(d.after))})
	}
	r.report.Name = m.text(r.report.Name)
	for i := range r.report.UIDs {
		r.report.UIDs[i].Source = shown(m.text(r.report.UIDs[i].Source))
	}
	for i := range r.report.Signals {
		r.report.Signals[i].Value = shown(m.text(r.report.Signals[i].Value))
	}
}
