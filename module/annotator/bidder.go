package annotator

import (
	"context"
	"encoding/json"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
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
	mode     Mode
	listed   bool
	withheld string // reason, for all tokens; "" if none
	tokens   []token
	auction  *Auction
}

// ForBidder decides for one bidder. name is the bidder as the caller wrote it, req that bidder's own request, section
// the account's configuration of the module, now the time for tokens that auction doesn't know. auction may be nil if
// the processed stage did not run. It reads req and changes nothing.
//
// The error is about the account's configuration; the decision that comes with it gives nothing to anybody.
func (a *Annotator) ForBidder(ctx context.Context, auction *Auction, name string, req *openrtb2.BidRequest, section json.RawMessage, now time.Time) (Decision, error) {
	rule := a.accounts.rule(section)
	ext := readRequestExt(req.Ext, name)
	mode, listed := rule.bidders.lookup(name, ext.adapter)
	if !listed || ext.unreadable {
		return Decision{}, rule.err
	}
	if auction == nil {
		auction = a.resolveAlone(ctx, req, now)
	}
	decision := Decision{mode: mode, listed: true, auction: auction, tokens: auction.tokens}
	decision.withheld = a.withholdAll(auction, req, ext)
	if decision.withheld == "" {
		a.resolveOwn(ctx, &decision, req.User)
	}
	return decision, rule.err
}

// resolveAlone stands in for the processed stage.
func (a *Annotator) resolveAlone(ctx context.Context, req *openrtb2.BidRequest, now time.Time) *Auction {
	if !a.bidderStageAlone {
		return &Auction{alone: true}
	}
	auction := a.Resolve(ctx, req, now)
	auction.alone = true
	return auction
}

// withholdAll returns the reason why this bidder gets no raw UID at all, or "". The privacy gates are asked again with
// the bidder's own request, which first-party data of one bidder may have changed.
func (a *Annotator) withholdAll(auction *Auction, req *openrtb2.BidRequest, ext requestExt) string {
	if auction.closed {
		return auction.reason.String()
	}
	if reason, closed := a.privacy.Closed(req); closed {
		return reason.String()
	}
	// Without the processed stage nobody would know what to redact, so raw_in_debug can't hold.
	if (req.Test != 0 || ext.debug) && (!a.rawInDebug || auction.alone) {
		return reasonDebug
	}
	return ""
}

// resolveOwn decrypts the tokens that only this bidder's request has: first-party data of one bidder
// (ext.prebid.bidderconfig) arrives after the processed stage.
func (a *Annotator) resolveOwn(ctx context.Context, decision *Decision, user *openrtb2.User) {
	auction := decision.auction
	if !auction.shown {
		return
	}
	own := decision.tokens
	// The error is met again, and answered, in Apply.
	_ = openrtb.EachUID(user, func(source openrtb.Source, id string) bool {
		if decision.find(source, id) == nil && !auction.isRaw(id) {
			t := a.decrypt(auction, source, id)
			if t.raw != "" {
				auction.addRaw(t.raw)
			}
			own = append(own[:len(own):len(own)], t)
			decision.tokens = own
		}
		return ctx.Err() == nil
	})
}

func (d *Decision) find(source openrtb.Source, id string) *token {
	for i := range d.tokens {
		if t := &d.tokens[i]; t.source == source && t.id == id {
			return t
		}
	}
	return nil
}

// Applied says what [Decision.Apply] did.
type Applied struct {
	// Changed tells whether the user returned is another one than the user given.
	Changed bool
	// Annotated counts the uids that got an annotation, Raw those of them (or replaced ones) that got a raw UID,
	// Removed the uids that were taken out.
	Annotated, Raw, Removed int
	// Unreadable tells that the eids could not be read safely and were removed.
	Unreadable bool
}

// Apply writes the decision into a user object and returns the new one; the given one stays as it was. A forged
// annotation is removed whether or not the bidder is listed. Eids that can't be read safely are removed altogether.
// It does not decrypt. user may be nil.
func (d *Decision) Apply(user *openrtb2.User) (*openrtb2.User, Applied) {
	var applied Applied
	annotated, changed, err := openrtb.AnnotateUser(user, func(source openrtb.Source, id string) openrtb.Edit {
		edit := d.edit(source, id)
		applied.count(&edit)
		return edit
	})
	if err != nil {
		return withoutEIDs(user), Applied{Changed: true, Unreadable: true}
	}
	applied.Changed = changed
	return annotated, applied
}

func (applied *Applied) count(edit *openrtb.Edit) {
	switch edit.Action {
	case openrtb.Annotate:
		applied.Annotated++
		if edit.Annotation.Raw != "" {
			applied.Raw++
		}
	case openrtb.Replace:
		applied.Raw++
	case openrtb.Remove:
		applied.Removed++
	}
}

// edit decides one uid.
func (d *Decision) edit(source openrtb.Source, id string) openrtb.Edit {
	if !d.listed {
		return openrtb.Edit{}
	}
	if d.mode == Replace && d.auction.isRaw(id) {
		return openrtb.Edit{} // our own work of an earlier run
	}
	t := d.find(source, id)
	var annotation openrtb.Annotation
	switch {
	case d.withheld != "":
		annotation = openrtb.Annotation{Status: statusWithheld, Reason: d.withheld}
	case t == nil:
		annotation = openrtb.Annotation{Status: statusWithheld, Reason: reasonUnseen}
	default:
		annotation = t.annotation()
	}
	return d.mode.edit(annotation)
}

// edit turns an annotation into what this mode makes of it.
func (m Mode) edit(annotation openrtb.Annotation) openrtb.Edit {
	switch {
	case m == Replace && annotation.Raw != "":
		return openrtb.Edit{Action: openrtb.Replace, ID: annotation.Raw}
	case m == Replace, m == DropOptedOut && annotation.OptedOut == openrtb.OptedOutTrue:
		return openrtb.Edit{Action: openrtb.Remove}
	}
	return openrtb.Edit{Action: openrtb.Annotate, Annotation: annotation}
}

// annotation says in the request what the verdict says. A status other than Success tells nothing but itself, and an
// opt-out its time.
func (t *token) annotation() openrtb.Annotation {
	v := &t.verdict
	annotation := openrtb.Annotation{Status: v.Status.String()}
	switch {
	case v.Status == codec.UserOptedOut:
		annotation.OptedOut, annotation.OptedOutSinceMs = openrtb.OptedOutTrue, v.OptOut.SinceMs
	case v.Status == codec.Success && t.raw == "":
		annotation.OptedOut = openrtb.OptedOutNull
	case v.Status == codec.Success:
		annotation.Raw, annotation.OptedOut = t.raw, optedOut(v)
		annotation.Version = int(v.Version)
		annotation.EstablishedMs, annotation.ExpiresMs = v.EstablishedMs, v.ExpiresMs
		annotation.SiteID, annotation.HasSiteID = v.SiteID, true
		if v.Type != codec.TypeUnknown {
			annotation.Type = v.Type.String()
		}
	}
	return annotation
}

// optedOut is false if that is known, and null if the host sends raw UIDs without knowing.
func optedOut(v *bidstream.Verdict) openrtb.OptedOut {
	if v.OptOut.State == bidstream.NotOptedOut {
		return openrtb.OptedOutFalse
	}
	return openrtb.OptedOutNull
}

// Listed tells whether the bidder may get annotations at all.
func (d *Decision) Listed() bool { return d.listed }

// Withheld is the reason why this bidder gets no raw UID from any token, or "".
func (d *Decision) Withheld() string { return d.withheld }
