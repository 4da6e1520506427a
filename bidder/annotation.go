package bidder

import (
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// scopeOf returns the identity system whose keys open the tokens of a source. Of another source
// than UID2's and EUID's it is one for which there are no keys: in a query, no scope at all would
// mean any.
func scopeOf(source openrtb.Source) codec.Scope {
	switch source {
	case openrtb.SourceUID2:
		return codec.ScopeUID2
	case openrtb.SourceEUID:
		return codec.ScopeEUID
	}
	return codec.ScopeEUID + 1
}

// Query returns the circumstances of a token that was found in an eid of this source, in a request
// with this name (openrtb.Name), at this time. A token in an eid of any other source than UID2's
// and EUID's is never usable: its status is InvalidIdentityScope.
func Query(source openrtb.Source, name string, now time.Time) bidstream.Query {
	return bidstream.Query{Name: name, Scope: scopeOf(source), NowMs: now.UnixMilli()}
}

// AnnotationOf says in a request what a verdict says. A token that may not be used has its status
// and nothing else, a user who opted out also since when. It allocates the text of the raw UID, if
// there is one.
func AnnotationOf(v *bidstream.Verdict) openrtb.Annotation {
	annotation := openrtb.Annotation{Status: v.Status.String()}
	switch OutcomeOf(v) {
	case OptedOut:
		annotation.OptedOut, annotation.OptedOutSinceMs = openrtb.OptedOutTrue, v.OptOut.SinceMs
	case OptOutUnknown:
		annotation.OptedOut = openrtb.OptedOutNull
	case Usable:
		describe(&annotation, v)
	}
	return annotation
}

// describe writes the raw UID, and what else its token says.
func describe(annotation *openrtb.Annotation, v *bidstream.Verdict) {
	uid, _ := v.RawUID()
	annotation.Raw, annotation.OptedOut = uid.Reveal(), openrtb.OptedOutNull
	if v.OptOut.State == bidstream.NotOptedOut { // otherwise it goes out without anybody knowing
		annotation.OptedOut = openrtb.OptedOutFalse
	}
	annotation.Version = int(v.Version)
	annotation.EstablishedMs, annotation.ExpiresMs = v.EstablishedMs, v.ExpiresMs
	annotation.SiteID, annotation.HasSiteID = v.SiteID, true
	if v.Type != codec.TypeUnknown {
		annotation.Type = v.Type.String()
	}
}
