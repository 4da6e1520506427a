package annotator

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

const (
	statusWithheld = "Withheld"
	// reasonDebug: Prebid Server would echo this bidder's request to the caller.
	reasonDebug = "debug"
	// reasonUnseen: the uid wasn't before the module at the processed stage. The host's activity controls
	// hid it there, or may have, or another module added it later.
	reasonUnseen = "unseen"
)

// Decision is what one bidder gets. It is made in the hook and applied in the mutation, which may see another copy of
// the request than the hook saw: so it names tokens, and carries no part of a request.
type Decision struct {
	annotator *Annotator
	mode      bidder.Mode
	listed    bool
	debug     bool   // Prebid Server may show the request to the caller
	withheld  string // reason, for all tokens; "" if none
	auction   *Auction
	seen      *openrtb2.User // whose own tokens may be decrypted; nil if none's
	own       []token        // tokens that only this bidder's request has
	name      string         // that own tokens are held to
}

// nobody is the decision about all bidders that aren't listed. Nothing is ever written into it.
var nobody Decision

// ForBidder decides for one bidder whether it gets anything. name is the bidder as the caller wrote it, req that bidder's own
// request, section the account's configuration of the module, now the time for tokens that auction doesn't know. auction may be
// nil if the processed stage did not run. It reads req and changes nothing.
//
// It does little, in small frames: Prebid Server starts a goroutine for each hook, whose stack has not much room left. The rest
// is for [Decision.Apply], where there is more.
//
// The error is about the account's configuration; the decision that comes with it gives nothing to anybody.
func (a *Annotator) ForBidder(ctx context.Context, auction *Auction, name string, req *openrtb2.BidRequest, section json.RawMessage, now time.Time) (*Decision, error) {
	rule := a.accounts.rule(section)
	if !rule.bidders.mayList(name) || !concerns(req) {
		return &nobody, rule.err
	}
	ext := readRequestExt(req.Ext, name)
	mode, listed := rule.bidders.lookup(name, ext.adapter)
	if !listed || ext.unreadable {
		return &nobody, rule.err
	}
	if auction == nil {
		auction = a.resolveAlone(ctx, req, now)
	}
	decision := &Decision{annotator: a, mode: mode, listed: true, debug: ext.debug || req.Test != 0, auction: auction}
	if auction.shown {
		decision.seen = req.User
	}
	return decision, nil
}

// concerns reports whether a listed bidder's request may have something to annotate, or its user wasn't shown.
func concerns(req *openrtb2.BidRequest) bool {
	return openrtb.MayHaveTokens(req.User) || !Shown(req)
}

// resolveAlone stands in for the processed stage.
func (a *Annotator) resolveAlone(ctx context.Context, req *openrtb2.BidRequest, now time.Time) *Auction {
	if !a.bidderStageAlone {
		return new(Auction)
	}
	return a.Resolve(ctx, req, now)
}

// withhold sets the reason why this bidder gets no raw UID at all, or "". The privacy gates are asked again with the request that
// goes out, which first-party data of one bidder may have changed.
func (d *Decision) withhold(req *openrtb2.BidRequest) {
	d.withheld = ""
	if d.auction.closed {
		d.withheld = d.auction.reason.String()
	} else if reason, closed := d.annotator.privacy.Closed(req); closed {
		d.withheld = reason.String()
	} else if (req.Test != 0 || d.debug) && !d.annotator.rawInDebugOf(d.auction) {
		d.withheld = reasonDebug
	}
}

// resolve returns the number of a token of user as [Decision.find] does. One that only this bidder's request has is decrypted:
// first-party data of one bidder (ext.prebid.bidderconfig) arrives after the processed stage. Of a user that the hook wasn't
// shown none is.
func (d *Decision) resolve(user *openrtb2.User, source openrtb.Source, id string) int {
	i := d.find(source, id)
	if i >= 0 || user != d.seen || d.withheld != "" {
		return i
	}
	if len(d.own) == 0 {
		d.name = d.auction.place.Name()
	}
	d.own = append(d.own, token{source: source, id: id})
	last := len(d.own) - 1
	d.annotator.decrypt(&d.own[last], d.name, d.auction.now)
	return len(d.auction.tokens) + last
}

// find returns the number of a token among those of the auction and then the bidder's own, or -1.
func (d *Decision) find(source openrtb.Source, id string) int {
	if i := find(d.auction.tokens, source, id); i >= 0 {
		return i
	}
	if i := find(d.own, source, id); i >= 0 {
		return len(d.auction.tokens) + i
	}
	return -1
}

// token returns the token with a number of find, or nil.
func (d *Decision) token(i int) *token {
	shared := len(d.auction.tokens)
	switch {
	case i < 0:
		return nil
	case i < shared:
		return &d.auction.tokens[i]
	}
	return &d.own[i-shared]
}

// isOwnWork reports whether an id is a raw UID that took a token's place: a host that plans the module twice runs the
// bidder stage over its own work.
func (d *Decision) isOwnWork(id string) bool {
	return d.mode == bidder.Replace && d.auction.written.has(d.auction.tokens, id)
}

// Applied says what [Decision.Apply] did.
type Applied struct {
	// Changed reports whether the user returned is another one than the user given.
	Changed bool
	// Annotated counts the uids that got an annotation, Raw those of them (or replaced ones) that got a raw UID,
	// Removed the uids that were taken out.
	Annotated, Raw, Removed int
	// Unreadable tells that the eids could not be read safely and were removed.
	Unreadable bool
}

// Apply writes the decision into the user of a bidder's request and returns the new one; the request stays as it was. A forged
// annotation is removed whether or not the bidder is listed. Eids that can't be read safely are removed altogether. What it
// wrote counts as gone out, and will be redacted.
//
// It decrypts what only this bidder's request has, if its user is the one that [Annotator.ForBidder] was shown.
func (d *Decision) Apply(req *openrtb2.BidRequest) (*openrtb2.User, Applied) {
	annotated, applied, wrote := d.apply(req)
	if applied.Raw > 0 {
		d.auction.written.remember(wrote, d.own)
	}
	return annotated, applied
}

// Plan returns what [Decision.Apply] would do.
func (d *Decision) Plan(req *openrtb2.BidRequest) Applied {
	_, applied, _ := d.apply(req)
	return applied
}

// WouldChange reports whether [Decision.Apply] changes the user of a request, without doing it: for a listed bidder it is enough
// that there may be a token.
func (d *Decision) WouldChange(req *openrtb2.BidRequest) bool {
	return d.listed && openrtb.MayHaveTokens(req.User) || openrtb.MayHaveForgeries(req.User) && d.Plan(req).Changed
}

func (d *Decision) apply(req *openrtb2.BidRequest) (annotated *openrtb2.User, applied Applied, wrote writing) {
	user := req.User
	if !(d.listed && openrtb.MayHaveTokens(user) || openrtb.MayHaveForgeries(user)) {
		return user, Applied{}, writing{}
	}
	if d.listed {
		d.withhold(req)
	}
	annotated, changed, err := openrtb.AnnotateUser(user, func(source openrtb.Source, id string) openrtb.Edit {
		if !d.listed {
			return openrtb.Edit{}
		}
		edit, i := d.answer(user, source, id)
		if applied.count(&edit) {
			wrote.add(i, len(d.auction.tokens))
		}
		return edit
	})
	if err != nil {
		return withoutEIDs(user), Applied{Changed: true, Unreadable: true}, writing{}
	}
	applied.Changed = changed
	return annotated, applied, wrote
}

// answer decides about one uid of the user. It returns the number of its token as well, as [Decision.find] does.
func (d *Decision) answer(user *openrtb2.User, source openrtb.Source, id string) (edit openrtb.Edit, token int) {
	if d.isOwnWork(id) {
		return openrtb.Edit{}, -1
	}
	token = d.resolve(user, source, id)
	return d.edit(d.token(token)), token
}

// Answers returns what [Decision.Apply] makes of each uid of a request, for programs that annotate the request's own
// bytes with [openrtb.AnnotateRequest] to show them. Nothing of it counts as gone out. An unlisted bidder's uids are
// kept.
func (d *Decision) Answers(req *openrtb2.BidRequest) openrtb.Decide {
	if !d.listed {
		return func(openrtb.Source, string) openrtb.Edit { return openrtb.Edit{} }
	}
	d.withhold(req)
	return func(source openrtb.Source, id string) openrtb.Edit {
		edit, _ := d.answer(req.User, source, strings.Clone(id))
		return edit
	}
}

// count reports whether the edit writes a raw UID.
func (applied *Applied) count(edit *openrtb.Edit) (raw bool) {
	switch edit.Action {
	case openrtb.Annotate:
		applied.Annotated++
		raw = edit.Annotation.Raw != ""
	case openrtb.Replace:
		raw = true
	case openrtb.Remove:
		applied.Removed++
	}
	if raw {
		applied.Raw++
	}
	return raw
}

// edit decides one uid with its token, which is nil if it has none.
func (d *Decision) edit(t *token) openrtb.Edit {
	var annotation openrtb.Annotation
	switch {
	case d.withheld != "":
		annotation = openrtb.Annotation{Status: statusWithheld, Reason: d.withheld}
	case t == nil:
		annotation = openrtb.Annotation{Status: statusWithheld, Reason: reasonUnseen}
	default:
		annotation = t.annotation
	}
	return d.mode.Edit(annotation)
}

// Listed reports whether the bidder may get annotations at all.
func (d *Decision) Listed() bool { return d.listed }

// Withheld is the reason why this bidder got no raw UID from any token, or "", once the decision was applied.
func (d *Decision) Withheld() string { return d.withheld }
