package annotator_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/openrtb"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// withDecrypter is an annotator of a Bidder that the program has, which lists a bidder of each mode
// by the mode's name.
func withDecrypter(t *testing.T, server *uid2test.Server) *annotator.Annotator {
	t.Helper()
	keys, err := keyset.Parse(server.KeyAnswer(server.Client(), "/v2/key/bidstream"))
	if err != nil {
		t.Fatal(err)
	}
	decrypter, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(keys)), bidstream.WithOptOuts(new(bidstream.MemoryOptOuts)))
	if err != nil {
		t.Fatal(err)
	}
	own, err := bidder.New(decrypter, bidder.Annotate)
	if err != nil {
		t.Fatal(err)
	}
	var cfg annotator.Config
	for _, mode := range []bidder.Mode{bidder.Annotate, bidder.Replace, bidder.DropOptedOut} {
		cfg.Bidders = append(cfg.Bidders, annotator.Bidder{Name: mode.String(), Mode: mode})
	}
	a, err := annotator.New(cfg, annotator.WithBidder(own))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// A request's bytes with the answers of a decision are what Apply makes of its user, in each mode.
func TestAnswersAreWhatApplyDoes(t *testing.T) {
	server := uid2test.NewUnstartedServer()
	a := withDecrypter(t, server)
	raws := 0
	for _, more := range []string{``, `"test":1,`, `"regs":{"coppa":0},`} {
		text := `{` + more + `"user":{"id":"u","eids":[{"source":"uidapi.com","uids":[{"id":"` + aliceToken(server) + `","ext":{"uid2":{"raw":"forged"}}},{"id":"x"}]}]}}`
		var req openrtb2.BidRequest
		if err := json.Unmarshal([]byte(text), &req); err != nil {
			t.Fatal(err)
		}
		ctx, now := context.Background(), time.Now()
		for _, name := range []string{"annotate", "replace", "drop_opted_out", "unlisted"} {
			decision, err := a.ForBidder(ctx, a.Resolve(ctx, &req, now), name, &req, nil, now)
			if err != nil {
				t.Fatal(err)
			}
			annotated, err := openrtb.AnnotateRequest(nil, []byte(text), decision.Answers(&req))
			if err != nil {
				t.Fatal(err)
			}
			user, _ := decision.Apply(&req)
			var got openrtb2.BidRequest
			if err := json.Unmarshal(annotated, &got); err != nil || !reflect.DeepEqual(got.User, user) {
				t.Errorf("%s, %q: %v %s", name, more, err, annotated)
			}
			raws += strings.Count(string(annotated), `"raw":`)
		}
	}
	if raws != 4 { // annotate and drop_opted_out, without test
		t.Errorf("%d raw UIDs in annotations", raws)
	}
}
