package publisher_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/publisher"
)

// TestTokensOfAnIdentity: both are as in its JSON.
func TestTokensOfAnIdentity(t *testing.T) {
	identity := first(t)
	var fields struct {
		Advertising string `json:"advertising_token"`
		Refresh     string `json:"refresh_token"`
	}
	if err := json.Unmarshal(identity.JSON(), &fields); err != nil {
		t.Fatal(err)
	}
	if identity.AdvertisingToken() != fields.Advertising || identity.RefreshToken() != fields.Refresh || fields.Advertising == "" || fields.Refresh == "" {
		t.Error("the tokens aren't those of the JSON")
	}
	if string(identity.RefreshRequest().Body) != identity.RefreshToken() {
		t.Error("the request to refresh has another token")
	}
}

// TestNoIdentity: the zero value is empty, and all methods may be called.
func TestNoIdentity(t *testing.T) {
	var none publisher.Identity
	if !none.IsZero() || none.AdvertisingToken() != "" || none.RefreshToken() != "" || none.JSON() != nil || none.Refreshable(time.Time{}) {
		t.Errorf("%t, %d, %t", none.IsZero(), len(none.JSON()), none.Refreshable(time.Time{}))
	}
}
