package openrtb_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// realistic returns a request of 3.6 KB with four eids, the last of which is a UID2.
func realistic(t testing.TB) []byte {
	t.Helper()
	req, err := os.ReadFile("testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// withoutTokens returns the realistic request without its UID2.
func withoutTokens(t testing.TB) []byte {
	t.Helper()
	before, _, found := strings.Cut(string(realistic(t)), `,{"source":"uidapi.com"`)
	if !found {
		t.Fatal("no UID2 in the request")
	}
	return []byte(before + "]}}")
}

// userOf reads a request's user as Prebid Server does.
func userOf(t testing.TB, req []byte) *openrtb2.User {
	t.Helper()
	var r openrtb2.BidRequest
	if err := json.Unmarshal(req, &r); err != nil {
		t.Fatal(err)
	}
	return r.User
}

// inExt moves a user's eids to where OpenRTB 2.5 has them.
func inExt(t testing.TB, user *openrtb2.User) *openrtb2.User {
	t.Helper()
	eids, err := json.Marshal(map[string]any{"eids": user.EIDs})
	if err != nil {
		t.Fatal(err)
	}
	moved := *user
	moved.EIDs, moved.Ext = nil, eids
	return &moved
}
