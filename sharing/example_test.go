package sharing_test

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/sharing"
)

// A sharer encrypts a raw UID, and another one decrypts it.
func Example() {
	// A sharer gets its keys from a keyset.Refresher over operator.Client.SharingKeys. These
	// never change.
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		fmt.Println(err)
		return
	}
	sharer, err := sharing.New(codec.ScopeUID2, keyset.Static(snapshot))
	if err != nil {
		fmt.Println(err)
		return
	}

	uid, err := codec.ParseRawUID("BEOGxroPLdcY7LrSiwjY52+X05V0ryELpJmoWAyXiwbZ")
	if err != nil {
		fmt.Println(err)
		return
	}
	token, status := sharer.Encrypt(nil, uid, fixtures.NowMs)
	fmt.Println(status, len(token))

	var verdict bidstream.Verdict
	sharer.Decrypt(&verdict, token, fixtures.NowMs)
	received, ok := verdict.RawUID()
	fmt.Println(ok, received == uid, verdict.SiteID, verdict.Type)
	// Output:
	// Success 219
	// true true 7000 phone
}
