package identitymap_test

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// An advertiser maps its customers. The operator here is a local one.
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

	var customers []dii.Identity
	for _, text := range []string{"user@example.com", "optout@example.com"} {
		customer, err := dii.Email(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		customers = append(customers, customer)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	result, err := identitymap.New(connection).Map(ctx, customers)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, customer := range customers {
		if mapped, ok := result.Mapped[customer]; ok {
			// mapped.UID.Reveal() is its text, to be kept until mapped.RefreshFrom.
			fmt.Println(mapped.UID, mapped.Previous.IsZero())
		} else {
			fmt.Println(result.Unmapped[customer].Reason)
		}
	}
	// Output:
	// [raw UID] true
	// opted out
}
