package bidder_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Each uid has one outcome, and a raw UID only where that is Usable.
func TestUIDs(t *testing.T) {
	request := []byte(`{"app":{"bundle":"com.example.app"},"user":{"ext":{"eids":[{"source":"euid.eu","uids":[{"id":"` + fixtures.Token("G5").Text + `"}]}]},` +
		`"eids":[{"source":"x","uids":[{"id":"x"}]},{"source":"uidapi.com","uids":[{"id":"` + fixtures.Token("G6").Text + `"},{"id":"bad"},{"id":"UID2:` + fixtures.Token("G8").Text + `"}]}]}}`)
	var got []string
	var kept []bidder.UID
	for uid, err := range newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate).UIDs(request, now) {
		if err != nil {
			t.Fatal(err)
		}
		_, ok := uid.RawUID()
		got = append(got, fmt.Sprint(uid.Source, " ", uid.Outcome, " ", ok))
		kept = append(kept, uid)
	}
	want := "uidapi.com usable true, uidapi.com unusable false, uidapi.com opted out false, euid.eu usable true"
	if strings.Join(got, ", ") != want {
		t.Errorf("%q", got)
	}
	clear(request) // what was kept has nothing of it
	if raw, ok := kept[0].RawUID(); !ok || raw.Reveal() != fixtures.Token("G6").UID {
		t.Error("the raw UID has changed with the request")
	}
	if text := fmt.Sprintf("%v %+v %#v", kept[0], kept[0], &kept[0]); strings.Contains(text, fixtures.Token("G6").UID) {
		t.Error(text)
	}
}

func TestUIDsEnd(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	request := requestFor(fixtures.Token("G3").Text, fixtures.Token("G3").Text, fixtures.Token("G3").Text)
	count := 0
	for range b.UIDs(request, now) {
		if count++; count == 2 {
			break
		}
	}
	if count != 2 {
		t.Error(count)
	}
	count = 0
	for uid, err := range b.UIDs(request[:len(request)-1], now) {
		if _, ok := uid.RawUID(); err != openrtb.ErrMalformed || uid != (bidder.UID{}) || ok {
			t.Errorf("%v, %v", uid, err)
		}
		count++
	}
	if count != 1 {
		t.Errorf("the error came %d times", count)
	}
}
