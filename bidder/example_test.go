package bidder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A bidder on fasthttp: its own handler gets requests with annotations.
func ExampleBidder_FastHTTPHandler() {
	server := uid2test.NewServer() // a local operator
	defer server.Close()
	b, err := openWith(server, new(bidstream.MemoryOptOuts))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	handler := b.FastHTTPHandler(func(ctx *fasthttp.RequestCtx) {
		var request openrtb2.BidRequest
		if err := json.Unmarshal(ctx.PostBody(), &request); err != nil || request.User == nil {
			ctx.SetStatusCode(fasthttp.StatusNoContent) // no bid
			return
		}
		for _, eid := range request.User.EIDs {
			for _, uid := range eid.UIDs {
				if annotation, ok := bidder.ReadAnnotation(uid.Ext); ok && annotation.Raw != "" {
					fmt.Fprintf(ctx, "bid on %s", annotation.Raw)
				}
			}
		}
	}, bidder.HandlerConfig{NextReadsStrictly: true}) // encoding/json does

	// A program calls fasthttp.ListenAndServe(address, handler).
	alice := uid2test.TokenSpec{Email: "alice@example.com"}
	var ctx fasthttp.RequestCtx
	ctx.Request.SetBodyString(fmt.Sprintf(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q}]}]}}`, server.Token(alice)))
	handler(&ctx)
	fmt.Println(string(ctx.Response.Body()) == "bid on "+server.RawUID(alice).Reveal())
	// Output:
	// true
}

// openWith opens a bidder with the keys of one operator. A real one names a Store, and what feeds it.
func openWith(server *uid2test.Server, optOuts bidstream.OptOuts) (*bidder.Bidder, error) {
	uid2, err := bidder.UID2(server.URL, server.Client().APIKey, server.Client().ClientSecret)
	if err != nil {
		return nil, err
	}
	return bidder.Open(context.Background(), bidder.Config{
		Operators: []bidder.Operator{uid2},
		OptOuts:   bidder.OptOuts{Source: optOuts},
	})
}

// A configuration in JSON, such as a file has. Credentials come from the environment.
func ExampleParseConfig() {
	server := uid2test.NewServer() // a local operator
	defer server.Close()
	os.Setenv("UID2_API_KEY", server.Client().APIKey)
	os.Setenv("UID2_CLIENT_SECRET", server.Client().ClientSecret)
	dir, err := os.MkdirTemp("", "bidder")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	cfg, err := bidder.ParseConfig(fmt.Appendf(nil, `{
		"uid2": {"base_url": %q, "api_key_env": "UID2_API_KEY", "client_secret_env": "UID2_CLIENT_SECRET"},
		"opt_outs": {"store": %q, "poll": {"enabled": true}},
		"mode": "drop_opted_out"
	}`, server.URL, filepath.Join(dir, "optouts.db")))
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.Logger = slog.Default()
	b, err := bidder.Open(context.Background(), cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Ready(time.Now()), b.Close())

	_, err = bidder.ParseConfig([]byte(`{"uid2": {"base_url": "http://operator.example"}}`))
	fmt.Println(err)
	// Output:
	// true <nil>
	// bidder: uid2.base_url: http:// would show the API key to everybody on the way; use https://, or insist with allow_http: true
}

// A bidder that wants no annotation, but to know whom it may bid on.
func ExampleBidder_UIDs() {
	server := uid2test.NewServer() // a local operator
	defer server.Close()
	optedOut := new(bidstream.MemoryOptOuts)
	b, err := openWith(server, optedOut)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	alice, bob := uid2test.TokenSpec{Email: "alice@example.com"}, uid2test.TokenSpec{Email: "bob@example.com"}
	optedOut.Add(server.RawUID(bob), time.Now().UnixMilli())
	request := fmt.Appendf(nil, `{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q},{"id":%q},{"id":"junk"}]}]}}`, server.Token(alice), server.Token(bob))
	for uid, err := range b.UIDs(request, time.Now()) {
		if err != nil {
			fmt.Println("bid without the user:", err)
			break
		}
		switch raw, _ := uid.RawUID(); uid.Outcome {
		case bidder.Usable:
			fmt.Println("bid on", raw.Reveal() == server.RawUID(alice).Reveal())
		case bidder.OptedOut:
			fmt.Println("don't bid on this user")
		case bidder.OptOutUnknown, bidder.Unusable:
			fmt.Println("no raw UID:", uid.Verdict.Status)
		}
	}
	// Output:
	// bid on true
	// don't bid on this user
	// no raw UID: VersionNotSupported
}
