package bidder_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// What is written is read.
func TestAnnotationsAreReadAsWritten(t *testing.T) {
	for _, written := range []openrtb.Annotation{
		{Status: "ExpiredToken"},
		{Status: "Withheld", Reason: "coppa"},
		{Status: "Success", OptedOut: openrtb.OptedOutNull},
		{Status: "UserOptedOut", OptedOut: openrtb.OptedOutTrue, OptedOutSinceMs: 1},
		{Status: "Success", Raw: "r", OptedOut: openrtb.OptedOutFalse, Type: "email", Version: 4, EstablishedMs: 2, ExpiresMs: 3, HasSiteID: true},
		{Status: "Success", Raw: "r", OptedOut: openrtb.OptedOutNull, Version: 2, EstablishedMs: 2, ExpiresMs: 3, SiteID: 7, HasSiteID: true},
	} {
		text := written.AppendJSON([]byte(`{"rtiPartner":"UID2","uid2":`))
		if read, ok := bidder.ReadAnnotation(append(text, '}')); !ok || read != written {
			t.Errorf("%s: %t, raw %q, %+v", text, ok, read.Raw, read.OptedOut)
		}
	}
}

func TestNoAnnotation(t *testing.T) {
	for _, ext := range []string{
		``, `null`, `[]`, `{}`, `{"uid2":null}`, `{"uid2":{}}`, `{"uid2":{"raw":"r"}}`, `{"uid2":{"status":1}}`, `{"uid2":[]}`,
		`{"uid2":{"status":"Success","raw":"r","opted_out":true}}`,
		`{"UID2":{"status":"Success","raw":"r"}}`, `{"uid2":{"status":"ExpiredToken"},"Uid2":{"status":"Success","raw":"r"}}`,
		`{"uid2":{"status":"Success","raw":"r"},"uid2":{"status":"Success","raw":"r"}}`, `{"uid2":{"status":"Success","raw":"r"}`,
	} {
		if a, ok := bidder.ReadAnnotation([]byte(ext)); ok || a != (openrtb.Annotation{}) {
			t.Errorf("%s: %v", ext, a)
		}
	}
}
