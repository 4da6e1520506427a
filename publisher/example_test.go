package publisher_test

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/publisher"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A publisher gets a token for a user who signs in, refreshes it while the user keeps visiting, and
// learns of the opt-out. The operator here is a local one.
func Example() {
	server := uid2test.NewServer()
	defer server.Close()
	credentials, err := operator.NewCredentials(server.Client().APIKey, server.Client().ClientSecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	connection, err := operator.New(server.URL, credentials)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer connection.Close()
	client := publisher.New(connection)

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	user, err := dii.Email("User@Example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.Generate(ctx, user)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Outcome, answer.Identity.AdvertisingToken()[:2])
	stored := answer.Identity.JSON() // in the user's session

	session, err := client.KeepFresh(ctx, stored, time.Now())
	fmt.Println(session.State, err)
	later := time.Now().Add(2 * time.Hour)
	session, err = client.KeepFresh(ctx, stored, later)
	fmt.Println(session.State, err)
	stored = session.Identity.JSON()

	server.OptOutUser(uid2test.TokenSpec{Email: "user@example.com"}, time.Now())
	session, err = client.KeepFresh(ctx, stored, later.Add(2*time.Hour))
	fmt.Println(session.State, session.OptedOut, err)
	// Output:
	// success A4
	// kept <nil>
	// refreshed <nil>
	// gone true <nil>
}
