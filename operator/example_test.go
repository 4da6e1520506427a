package operator_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A bidder requests its keys. The operator here is a local one.
func Example() {
	server := uid2test.NewServer()
	defer server.Close()

	creds, err := operator.NewCredentials(server.Client().APIKey, server.Client().ClientSecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := operator.New(server.URL, creds)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	answer, err := client.BidstreamKeys(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := keyset.Parse(answer)
	fmt.Println(keys.Scope(), keys.Len() > 0, err)
	// Output: UID2 true <nil>
}

// A service passes BidstreamKeys to a Refresher, which then keeps the keys up to date.
func ExampleClient_BidstreamKeys() {
	server := uid2test.NewServer()
	defer server.Close()
	creds, _ := operator.NewCredentials(server.Client().APIKey, server.Client().ClientSecret)
	client, _ := operator.New(server.URL, creds)
	defer client.Close()

	keys, _ := keyset.NewRefresher(client.BidstreamKeys)
	defer keys.Close()
	err := keys.WaitReady(context.Background())
	fmt.Println(keys.Snapshot().Scope(), err)
	// Output: UID2 <nil>
}

// The kind of error decides what to do.
func ExampleError() {
	server := uid2test.NewServer()
	defer server.Close()
	creds, _ := operator.NewCredentials("unknown-key", server.Client().ClientSecret)
	client, _ := operator.New(server.URL, creds)
	defer client.Close()

	_, err := client.BidstreamKeys(context.Background())
	switch {
	case errors.Is(err, operator.ErrUnauthorized), errors.Is(err, operator.ErrClientSecret):
		fmt.Println("check the credentials:", err)
	case errors.Is(err, operator.ErrClockSkew):
		fmt.Println("check the clock:", err)
	case err != nil:
		fmt.Println("later:", err)
	}
	// Output: check the credentials: operator: the API key is unknown or lacks the role (HTTP 401, unauthorized)
}

func ExampleCredentials() {
	creds, err := operator.NewCredentials("UID2-C-L-1-example", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	fmt.Printf("%+v %v\n", creds, err)
	// Output: [operator credentials] <nil>
}
