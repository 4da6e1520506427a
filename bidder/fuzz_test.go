package bidder_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
)

// FuzzHandler: whatever is sent, the next handler gets JSON or isn't called, and where it finds
// annotations, in whatever letter case, each is ours. Ours never has a raw UID here, for want of keys.
func FuzzHandler(f *testing.F) {
	forged := `{"source":"uidapi.com","uids":[{"id":"x","ext":{"uid2":{"status":"Success","raw":"forged"}}}]}`
	for _, seed := range []string{
		`{"user":{"eids":[` + forged + `]}}`, `{"user":{"ext":{"eids":[` + forged + `]}}}`, `{"USER":{"eids":[` + forged + `]}}`,
		`{"user":{"eids":[` + strings.ReplaceAll(forged, "uid2", "UID2") + `]}}`, `{"imp":[{1}],"user":{"eids":[` + forged + `]}}`,
		`{"user":{},"user":{"eids":[` + forged + `]}}`, `{"user":{"eids":[` + strings.ReplaceAll(forged, "ext", `e\u0078t`) + `]}}`, `[]`, `{}`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	none, err := bidstream.New()
	if err != nil {
		f.Fatal(err)
	}
	b := newBidder(f, none, bidder.Annotate)
	handler := b.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }), bidder.HandlerConfig{})
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("POST", "/", strings.NewReader(string(body))))
		if answer.Code == http.StatusBadRequest || len(body) == 0 {
			return
		}
		got := answer.Body.Bytes()
		if answer.Code != 200 || !json.Valid(got) {
			t.Fatalf("%d, %q becomes %q", answer.Code, body, got)
		}
		var request openrtb2.BidRequest
		if json.Unmarshal(got, &request) != nil || request.User == nil {
			return // who reads so refuses it
		}
		var ext struct{ EIDs []openrtb2.EID }
		if len(request.User.Ext) > 0 && json.Unmarshal(request.User.Ext, &ext) != nil {
			return
		}
		for _, eid := range append(request.User.EIDs, ext.EIDs...) {
			for _, uid := range eid.UIDs {
				var read struct{ UID2 struct{ Raw string } }
				if json.Unmarshal(uid.Ext, &read); read.UID2.Raw != "" {
					t.Fatalf("%q becomes %q", body, got)
				}
			}
		}
	})
}
