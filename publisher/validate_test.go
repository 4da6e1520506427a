package publisher_test

import (
	"context"
	"testing"

	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/publisher"
)

// TestValidateSaysNo: that a token is another user's is an answer, not an error.
func TestValidateSaysNo(t *testing.T) {
	if yes, err := publisher.New(&fake{answer: `{"status":"success","body":false}`}).Validate(context.Background(), "token", user(t)); yes || err != nil {
		t.Errorf("%v, %v", yes, err)
	}
	_, c := connect(t)
	answer, err := c.Generate(context.Background(), user(t))
	if err != nil {
		t.Fatal(err)
	}
	if yes, err := c.Validate(context.Background(), answer.Identity.AdvertisingToken(), identified(t, dii.Email, "somebody.else@example.com")); yes || err != nil {
		t.Errorf("somebody else's token: %v, %v", yes, err)
	}
}
