package annotator_test

import (
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

// Prebid Server empties all of these fields when it scrubs: one that is left proves that it didn't.
func TestShown(t *testing.T) {
	none := new(openrtb2.User)
	lat := 1.0
	for name, c := range map[string]struct {
		user   *openrtb2.User
		device *openrtb2.Device
		want   bool
	}{
		"no user":             {nil, nil, true},
		"no user, but device": {nil, new(openrtb2.Device), true},
		"no identifier":       {none, nil, false},
		"no identifier of either": {&openrtb2.User{Consent: "x", CustomData: "x", Geo: &openrtb2.Geo{Lat: &lat}, Ext: []byte(`{"eids":[]}`), EIDs: []openrtb2.EID{}, Data: []openrtb2.Data{}},
			&openrtb2.Device{UA: "x", IP: "1.2.3.4", Geo: &openrtb2.Geo{Lat: &lat}}, false},
		"user.eids":       {&openrtb2.User{EIDs: make([]openrtb2.EID, 1)}, nil, true},
		"user.id":         {&openrtb2.User{ID: "x"}, nil, true},
		"user.buyeruid":   {&openrtb2.User{BuyerUID: "x"}, nil, true},
		"user.keywords":   {&openrtb2.User{Keywords: "x"}, nil, true},
		"user.gender":     {&openrtb2.User{Gender: "x"}, nil, true},
		"user.yob":        {&openrtb2.User{Yob: 1}, nil, true},
		"user.data":       {&openrtb2.User{Data: make([]openrtb2.Data, 1)}, nil, true},
		"device.ifa":      {none, &openrtb2.Device{IFA: "x"}, true},
		"device.didsha1":  {none, &openrtb2.Device{DIDSHA1: "x"}, true},
		"device.didmd5":   {none, &openrtb2.Device{DIDMD5: "x"}, true},
		"device.dpidsha1": {none, &openrtb2.Device{DPIDSHA1: "x"}, true},
		"device.dpidmd5":  {none, &openrtb2.Device{DPIDMD5: "x"}, true},
		"device.macsha1":  {none, &openrtb2.Device{MACSHA1: "x"}, true},
		"device.macmd5":   {none, &openrtb2.Device{MACMD5: "x"}, true},
		"all of a user":   {&openrtb2.User{ID: "x", BuyerUID: "x", Yob: 1}, new(openrtb2.Device), true},
		"all of a device": {none, &openrtb2.Device{IFA: "x", MACMD5: "x"}, true},
	} {
		if got := annotator.Shown(&openrtb2.BidRequest{User: c.user, Device: c.device}); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
