package codec_test

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
)

func Example() {
	master, _ := codec.NewKey(1, []byte("0123456789abcdef0123456789abcdef"))
	site, _ := codec.NewKey(2, []byte("fedcba9876543210fedcba9876543210"))
	keys := codec.NewKeyTable([]*codec.Key{master, site}) // once per key refresh

	uid, _ := codec.ParseRawUID("oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1")
	text, _ := codec.AppendSeal(nil, codec.V4, &codec.Fields{
		Scope:     codec.ScopeUID2,
		SiteID:    123,
		UID:       uid,
		ExpiresMs: 1700086400000,
	}, master, site)

	var token codec.Token // reused for every token
	status := codec.Parse(&token, text)
	if status == codec.Success {
		status = token.Open(keys)
	}
	fmt.Println(status, token.SiteID, token.Type, token.UID == uid)
	fmt.Println(token.UID, token.UID.Environment())
	// Output:
	// Success 123 email true
	// [raw UID] production
}
