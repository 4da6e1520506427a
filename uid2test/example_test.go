package uid2test_test

import (
	"fmt"
	"net/http"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A bidder fetches keys, opens a token, and checks whose it is.
func Example() {
	operator := uid2test.NewServer()
	defer operator.Close()
	bidder := operator.Client()

	alice := uid2test.TokenSpec{Email: "alice@example.com"}
	text := operator.Token(alice)

	// A real client does this with package operator; here the test's own does.
	answer, err := fetch(operator, bidder, uid2test.PathBidstream)
	if err != nil {
		fmt.Println(err)
		return
	}
	var token codec.Token
	fmt.Println(codec.Parse(&token, text), token.Open(tableOf(answer)))
	fmt.Println("site", token.SiteID, "Alice:", token.UID == operator.RawUID(alice))

	// Output:
	// Success Success
	// site 7000 Alice: true
}

// An operator in trouble refuses two requests, then recovers.
func ExampleServer_Fail() {
	operator := uid2test.NewServer()
	defer operator.Close()
	operator.Fail(uid2test.Fault{Status: http.StatusServiceUnavailable, Times: 2})

	for range 3 {
		_, err := fetch(operator, operator.Client(), uid2test.PathBidstream)
		fmt.Println(err)
	}

	// Output:
	// 503 Service Unavailable
	// 503 Service Unavailable
	// <nil>
}

// Without a network: the keys as a participant would get them, for a parser under test.
func ExampleServer_KeyAnswer() {
	operator := uid2test.NewUnstartedServer(uid2test.WithScope(codec.ScopeEUID))
	answer := operator.KeyAnswer(operator.Client(), uid2test.PathBidstream)
	fmt.Println(tableOf(answer).Len(), "keys")

	// Output:
	// 4 keys
}
