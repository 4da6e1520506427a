package bidder_test

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A bidder that wants no annotation, but to know whom it may bid on.
func ExampleBidder_UIDs() {
	server := uid2test.NewServer() // a local operator
	defer server.Close()
	credentials, err := operator.NewCredentials(server.Client().APIKey, server.Client().ClientSecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	optedOut := new(bidstream.MemoryOptOuts) // a real bidder names a Store, and what feeds it
	b, err := bidder.Open(context.Background(), bidder.Config{
		Operators: []bidder.Operator{{Scope: codec.ScopeUID2, BaseURL: server.URL, Credentials: credentials}},
		OptOuts:   bidder.OptOuts{Source: optedOut},
	})
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
