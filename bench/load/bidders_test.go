package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func testWorld(t *testing.T) *world {
	t.Helper()
	w, err := newWorld(3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

func TestAuction(t *testing.T) {
	w := testWorld(t)
	for _, a := range []auction{
		{user: 2, sent: time.Unix(0, 17), strict: true, account: steady},
		{user: -1, sent: time.Unix(0, 18), account: changing},
	} {
		body := a.body(w)
		if !json.Valid(body) || !bytes.Contains(body, []byte(a.account)) {
			t.Errorf("the request is %s", body)
		}
		if has := bytes.Contains(body, []byte(w.users[2].token.Load().text)); has != (a.user == 2) {
			t.Errorf("user %d: with the token: %t", a.user, has)
		}
		if of, ok := parseID(body); !ok || of != (known{a.user, a.sent.UnixNano(), a.strict}) {
			t.Errorf("%+v became %+v, %t", a, of, ok)
		}
	}
	if of, _ := parseID(auction{strict: true, fresh: true}.body(w)); of.strict {
		t.Error("a raw UID is wanted for a token whose key the server may not have")
	}
	for _, text := range []string{"", `{"id":"x"}`, `{"id":"load_1"}`, `{"id":"load_x_1_true_"}`, `{"id":"load_1_x_true_"}`, `{"id":"load_1_1_x_"}`} {
		if _, ok := parseID([]byte(text)); ok {
			t.Errorf("%s has the id of an auction", text)
		}
	}
}

// Each raw UID, and each that should have been there, is judged by who got it and when the auction
// began.
func TestJudge(t *testing.T) {
	const ack = 1000
	for _, test := range []struct {
		name, bidder string
		user         int
		sent, gone   int64
		strict       bool
		content      string // RAW stands for the user's raw UID
		wrong        string
	}{
		{"as it should be", listed, 1, 900, 0, true, "RAW", ""},
		{"another bidder has none", "appnexus", 1, 900, 0, true, "", ""},
		{"another bidder", "appnexus", 1, 900, 0, true, "RAW", "aren't listed"},
		{"another bidder after an opt-out", "pubmatic", 1, 2000, ack, false, "RAW", "aren't listed"},
		{"begun before the opt-out was acknowledged", listed, 1, 999, ack, true, "RAW", ""},
		{"begun after it", listed, 1, 1001, ack, true, "RAW", "after the opt-out"},
		{"begun after it, an account that changes", listed, 1, 1001, ack, false, "RAW", "after the opt-out"},
		{"withheld", listed, 1, 1001, ack, true, `"status":"UserOptedOut"`, ""},
		{"missing", listed, 1, 900, 0, true, "", "should have"},
		{"not missing, as the account may say so", listed, 1, 900, 0, false, "", ""},
		{"no UID2", listed, -1, 900, 0, true, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := testWorld(t)
			w.users[1].gone.Store(test.gone)
			id := auction{user: test.user, sent: time.Unix(0, test.sent), strict: test.strict}.id()
			w.bidders.judge(test.bidder, fmt.Appendf(nil, `{"id":%q,"x":%q}`, id, strings.ReplaceAll(test.content, "RAW", w.users[1].raw)))
			if got := strings.Join(w.bidders.wrong(), "; "); got != test.wrong && (test.wrong == "" || !strings.Contains(got, test.wrong)) {
				t.Errorf("wrong: %q", got)
			}
			if strings.Contains(fmt.Sprint(w.fault()), w.users[1].raw) {
				t.Error("the error has the raw UID")
			}
		})
	}
}

// The bidders read what Prebid Server's adapters send, and bid.
func TestBidders(t *testing.T) {
	w := testWorld(t)
	body := fmt.Appendf(nil, `{"id":%q,"raw":%q}`, auction{user: 0, sent: time.Now()}.id(), w.users[0].raw)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(body)
	z.Close()
	for encoding, sent := range map[string][]byte{"": body, "gzip": zipped.Bytes()} {
		r, err := http.NewRequest(http.MethodPost, w.Bidders()+"/thetradedesk/supply", bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Encoding", encoding)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var bid struct {
			SeatBid []struct{ Bid []struct{ Price float64 } }
		}
		err = json.NewDecoder(response.Body).Decode(&bid)
		response.Body.Close()
		if err != nil || len(bid.SeatBid) != 1 || bid.SeatBid[0].Bid[0].Price <= 0 {
			t.Errorf("%q: %+v, %v", encoding, bid, err)
		}
	}
	if n := w.bidders.raw.Load(); n != 2 || w.fault() != nil {
		t.Errorf("%d raw UIDs, %v", n, w.fault())
	}
	w.bidders.judge(listed, []byte(`{}`))
	if w.fault() == nil {
		t.Error("a request of nobody's is no fault")
	}
}

// The changing account changes, and all that it can be is JSON.
func TestAccounts(t *testing.T) {
	w := testWorld(t)
	seen := map[string]bool{}
	for range forms {
		text, err := get(w.Accounts() + `?account-ids=["steady"]`)
		var answer struct{ Accounts map[string]json.RawMessage }
		if err := json.Unmarshal(text, &answer); err != nil || answer.Accounts[steady] == nil {
			t.Fatalf("%s, %v", text, err)
		}
		if err != nil {
			t.Fatal(err)
		}
		seen[string(answer.Accounts[changing])] = true
		w.accounts.change()
	}
	if len(seen) != len(forms) {
		t.Errorf("the account was in %d forms", len(seen))
	}
}
