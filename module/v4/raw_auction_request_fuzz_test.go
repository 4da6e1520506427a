// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v4/openrtb_ext"
	"github.com/prebid/prebid-server/v4/util/jsonutil"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// FuzzForgeriesAsPrebidServerReads: in what Prebid Server reads of a request, be it JSON or not, RemoveForgeries has left no forgery.
func FuzzForgeriesAsPrebidServerReads(f *testing.F) {
	eids := forgedEIDs("t")
	for _, seed := range []string{
		`{"user":{"yob":1990,"eids":` + eids + `,"ext":{"b":true,"x":[1,{"a":null}],"eids":` + eids + `}},"tmax":1}`,
		`{"user":{"id":"u"},"ext":{"prebid":{"debug":true,"bidderconfig":[{"bidders":["a"],"config":{"ortb2":{"user":{"yob":1,"eids":` + eids + `}}}}]}}}`,
		`{"USER":{"eids":[{"uids":[{"a` + "\n" + `b":1,"id":"i","ext":{"uid2":1}}]}]}}`, `{"user":{"yob":-00,"eids":` + eids + `}}`, `{"user":{"eids":` + eids + "}}\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		clean, removed, err := openrtb.RemoveForgeries(nil, request)
		if removed == 0 {
			clean = request
		}
		users, readErr := usersAsPrebidServerReads(clean)
		if readErr != nil {
			return
		}
		for i := range users {
			if hasForgery(&users[i]) {
				t.Fatalf("%q: a forgery is left, %v", request, err)
			}
		}
	})
}

// usersAsPrebidServerReads are the user of a request, and those of single bidders.
func usersAsPrebidServerReads(request []byte) (users []openrtb2.User, err error) {
	wrapper := openrtb_ext.RequestWrapper{BidRequest: new(openrtb2.BidRequest)}
	if err = jsonutil.UnmarshalValid(request, wrapper.BidRequest); err != nil {
		return nil, err
	}
	if err = openrtb_ext.ConvertUpTo26(&wrapper); err != nil {
		return nil, err
	}
	if err = wrapper.RebuildRequest(); err != nil {
		return nil, err
	}
	ext, err := wrapper.GetRequestExt()
	if err != nil {
		return nil, err
	}
	if wrapper.User != nil {
		users = append(users, *wrapper.User)
	}
	if prebid := ext.GetPrebid(); prebid != nil {
		for _, bidder := range prebid.BidderConfigs {
			if bidder.Config == nil || bidder.Config.ORTB2 == nil || bidder.Config.ORTB2.User == nil {
				continue
			}
			var user openrtb2.User
			if err := jsonutil.MergeClone(&user, bidder.Config.ORTB2.User); err != nil {
				return nil, err
			}
			users = append(users, user)
		}
	}
	return users, nil
}

// hasForgery looks at the eids of a user in both places.
func hasForgery(user *openrtb2.User) bool {
	var ext struct {
		EIDs []openrtb2.EID `json:"eids"`
	}
	if len(user.Ext) > 0 && jsonutil.Unmarshal(user.Ext, &ext) != nil {
		ext.EIDs = nil
	}
	for _, eid := range append(ext.EIDs, user.EIDs...) {
		for _, uid := range eid.UIDs {
			var members map[string]json.RawMessage
			if len(uid.Ext) == 0 || jsonutil.Unmarshal(uid.Ext, &members) != nil {
				continue
			}
			for name := range members {
				if bytes.EqualFold([]byte(name), []byte("uid2")) {
					return true
				}
			}
		}
	}
	return false
}
