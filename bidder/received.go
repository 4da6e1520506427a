package bidder

import (
	"encoding/json"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// ReadAnnotation reads the annotation in the ext of a uid, for a bidder that gets requests which
// somebody else annotated, such as a Prebid Server. It reports whether there is one: a repeated
// uid2, one in another letter case, what isn't an annotation, and one that contradicts itself with
// a raw UID of a user who opted out are none. Bid on annotation.Raw, if it isn't empty, and not by
// the status: Success comes without a raw UID while it isn't known whether the user has opted out.
func ReadAnnotation(ext []byte) (annotation openrtb.Annotation, ok bool) {
	member := []strictjson.Member{{Name: "uid2"}}
	if strictjson.Members(ext, member) != nil || member[0].Value == nil {
		return openrtb.Annotation{}, false
	}
	var read received
	if json.Unmarshal(member[0].Value, &read) != nil || read.Status == "" {
		return openrtb.Annotation{}, false
	}
	if annotation = read.annotation(); annotation.Raw != "" && annotation.OptedOut == openrtb.OptedOutTrue {
		return openrtb.Annotation{}, false
	}
	return annotation, true
}

// received is an annotation as openrtb.Annotation.AppendJSON writes it.
type received struct {
	Status          string          `json:"status"`
	Reason          string          `json:"reason"`
	Raw             string          `json:"raw"`
	OptedOut        json.RawMessage `json:"opted_out"` // null and absence differ
	OptedOutSinceMs int64           `json:"opted_out_since"`
	Type            string          `json:"type"`
	Version         int             `json:"version"`
	EstablishedMs   int64           `json:"established"`
	ExpiresMs       int64           `json:"expires"`
	SiteID          *uint32         `json:"site_id"`
}

func (r *received) annotation() openrtb.Annotation {
	a := openrtb.Annotation{
		Status: r.Status, Reason: r.Reason, Raw: r.Raw, OptedOutSinceMs: r.OptedOutSinceMs, Type: r.Type,
		Version: r.Version, EstablishedMs: r.EstablishedMs, ExpiresMs: r.ExpiresMs,
	}
	switch string(r.OptedOut) {
	case "false":
		a.OptedOut = openrtb.OptedOutFalse
	case "true":
		a.OptedOut = openrtb.OptedOutTrue
	case "null":
		a.OptedOut = openrtb.OptedOutNull
	}
	if r.SiteID != nil {
		a.SiteID, a.HasSiteID = *r.SiteID, true
	}
	return a
}
