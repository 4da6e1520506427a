package keyset_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/keyset"
)

const answer = `{"status":"success","body":{"identity_scope":"UID2","master_keyset_id":1,"keys":[` +
	`{"id":5001,"keyset_id":1,"created":1735603200,"activates":1735689600,"expires":2145830400,"secret":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}],` +
	`"site_data":[{"id":7000,"domain_names":["example.com","com.example.app"]}]}}`

func ExampleParse() {
	keys, err := keyset.Parse([]byte(answer))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(keys.Scope(), keys.Len(), keys.NameAllowed(7000, "Example.com"))
	// Output: UID2 1 true
}

func ExampleSnapshot_ActiveKey() {
	keys, err := keyset.Parse([]byte(answer))
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	if master, ok := keys.MasterKeysetID(); ok {
		key, ok := keys.ActiveKey(master, now.UnixMilli())
		fmt.Println(key, ok)
	}
	// Output: [key 5001] true
}

// A service has one Refresher for each scope. Its Fetch is a method of an operator client.
func ExampleNewRefresher() {
	fetch := func(ctx context.Context) ([]byte, error) { return []byte(answer), nil } // client.BidstreamKeys
	keys, err := keyset.NewRefresher(fetch)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer keys.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := keys.WaitReady(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(keys.Snapshot(), keys.Stats().Refreshes)
	// Output: [keyset of 1 UID2 keys] 1
}

// While its operator fails, the Refresher reports the error and keeps trying.
func ExampleRefresher_LastError() {
	fetch := func(ctx context.Context) ([]byte, error) { return nil, errors.New("no connection") }
	keys, err := keyset.NewRefresher(fetch, keyset.WithLogger(quiet))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer keys.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err = keys.WaitReady(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), keys.Ready(), keys.LastError())
	// Output: true false no connection
}
