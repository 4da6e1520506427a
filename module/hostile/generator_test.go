package hostile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/hostile"
)

// world is one that needs no operator.
func world() hostile.World {
	w := hostile.World{Attacker: "127.0.0.1:1", Listed: []hostile.Listing{{Name: "thetradedesk"}, {Name: "ourdsp", AliasOf: "appnexus"}}, DebugIn10: 5}
	for i := range 8 {
		user := hostile.User{Raw: rawV2, EUID: i%2 == 1, Tokens: []string{fmt.Sprintf("token-%d-a", i), fmt.Sprintf("token-%d-b", i)}}
		w.Users, w.Guessed = append(w.Users, user), append(w.Guessed, user)
	}
	return w
}

func TestAuctionsFollowFromSeedAndNumber(t *testing.T) {
	one, same, other := hostile.New(7, world()), hostile.New(7, world()), hostile.New(8, world())
	differ := 0
	for number := range uint64(500) {
		if !reflect.DeepEqual(one.Auction(number), same.Auction(number)) {
			t.Fatalf("auction %d differs under the same seed", number)
		}
		if !reflect.DeepEqual(one.Auction(number), other.Auction(number)) {
			differ++
		}
	}
	if differ < 490 {
		t.Errorf("only %d of 500 auctions differ under another seed", differ)
	}
	for range 2 {
		if !reflect.DeepEqual(one.StoredRequests(), same.StoredRequests()) {
			t.Error("stored requests differ under the same seed")
		}
		one.StoredRequests() // must not change them
	}
}

// Requests are JSON, however hostile, as Prebid Server would refuse them otherwise.
func TestAuctionsAreJSON(t *testing.T) {
	g := hostile.New(1, world())
	for number := range uint64(3000) {
		if a := g.Auction(number); len(a.Body) > 0 && !json.Valid(a.Body) {
			t.Fatalf("auction %d is no JSON: %s", number, a.Body)
		}
	}
	for id, text := range g.StoredRequests() {
		if !json.Valid(text) {
			t.Fatalf("%s is no JSON: %s", id, text)
		}
	}
}

// Each trick leaves a mark in the text that nothing else does.
func TestTricksAreInTheText(t *testing.T) {
	for trick, marks := range map[string][]string{
		"alias: second prebid":                 {`"PREBID":{"aliases"`, `"Prebid":{"aliases"`, "\"preb\u0131d\":{\"aliases\"", "\"preb\u0130d\":{\"aliases\"", `"\u0070rebid":{"aliases"`},
		"alias: second aliases":                {`"ALIASES":{`, "\"al\u0131a\u017Fe\u017F\":{"},
		"name: other letters":                  {`"THETRADEDESK":`, "thetradede\u017F\u212A"},
		"forgery: escaped key":                 {`"\u0075id2":{`},
		"eids: prefix":                         {`"id":"UID2:token-`, `"id":"EUID:token-`},
		"eids: ext of another type":            {`"ext":[]`, `"ext":null`},
		"eids: of one bidder, second spelling": {`"EIDS":[`},
	} {
		w := world()
		w.Always = trick
		g := hostile.New(1, w)
		for _, mark := range marks {
			if !slices.ContainsFunc(make([]struct{}, 400), contains(g, mark)) {
				t.Errorf("%s: no auction of 400 has %s", trick, mark)
			}
		}
	}
}

// contains looks at one more auction with each call.
func contains(g *hostile.Generator, mark string) func(struct{}) bool {
	number := uint64(0)
	return func(struct{}) bool {
		number++
		return bytes.Contains(g.Auction(number).Body, []byte(mark))
	}
}

func TestPermitted(t *testing.T) {
	listed := world().Listed
	for account, want := range map[string]string{
		"plain":  "[thetradedesk appnexus]",
		"narrow": "[]", // lists another bidder
		"none":   "[]",
		"broken": "[]",
	} {
		found := false
		g := hostile.New(3, world())
		for number := range uint64(3000) {
			a := g.Auction(number)
			if a.Closed || !bytes.Contains(a.Body, []byte(`"publisher":{"id":"`+account+`"}`)) || slices.Contains(a.Tricks, "stored request") {
				continue
			}
			found = true
			if got := fmt.Sprint(a.Permitted(listed, false)); got != want {
				t.Fatalf("account %s: %s, want %s", account, got, want)
			}
		}
		if !found {
			t.Errorf("no auction of account %s", account)
		}
	}
	g := hostile.New(3, world())
	for number := range uint64(300) {
		if a := g.Auction(number); a.Closed && a.Permitted(listed, true) != nil {
			t.Fatalf("auction %d is closed, and permits %v", number, a.Permitted(listed, true))
		}
	}
}

func TestUsersPrintNothing(t *testing.T) {
	user := hostile.User{Raw: rawV2, Tokens: []string{"token-x"}}
	text := fmt.Sprintf("%v %+v %#v %s", user, user, user, []hostile.User{user})
	if strings.Contains(text, rawV2) || strings.Contains(text, "token-x") {
		t.Error(text)
	}
}
