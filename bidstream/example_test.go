package bidstream_test

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

func Example() {
	// A bidder gets its keys from a keyset.Refresher. These never change.
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var optOuts bidstream.MemoryOptOuts
	decrypter, err := bidstream.New(
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot)),
		bidstream.WithOptOuts(&optOuts),
	)
	if err != nil {
		fmt.Println(err)
		return
	}

	query := bidstream.Query{Name: "example.com", Scope: codec.ScopeUID2, NowMs: fixtures.NowMs}
	token := fixtures.Token("G3").Text
	var verdict bidstream.Verdict
	decrypter.DecryptString(&verdict, token, query)
	user, ok := verdict.RawUID() // its text: user.Reveal()
	fmt.Println(ok, user, verdict.SiteID, verdict.Type)

	optOuts.Add(user, fixtures.NowMs)
	decrypter.DecryptString(&verdict, token, query)
	user, ok = verdict.RawUID()
	fmt.Println(ok, user.IsZero(), verdict.Status, verdict.OptOut.SinceMs)
	// Output:
	// true [raw UID] 7000 email
	// false true UserOptedOut 1768478400000
}
