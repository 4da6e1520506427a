//go:build go1.24

package uid2rtb_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// newBidder has keys that never change. A real one has them from a keyset.Refresher.
func newBidder() (*bidder.Bidder, error) {
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		return nil, err
	}
	var optOuts bidstream.MemoryOptOuts
	decrypter, err := bidstream.New(
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot)),
		bidstream.WithOptOuts(&optOuts),
	)
	if err != nil {
		return nil, err
	}
	return bidder.New(decrypter, bidder.Annotate)
}

var fixturesNow = time.UnixMilli(fixtures.NowMs)

// A whole bid request, from its bytes to its bytes.
func Example() {
	bidder, err := newBidder()
	if err != nil {
		fmt.Println(err)
		return
	}
	token := fixtures.Token("G3").Text
	request := []byte(`{"site":{"domain":"example.com"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"` + token + `"}]}]}}`)

	annotated, found, err := bidder.Annotate(nil, request, fixturesNow)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("usable:", found.Usable)
	fmt.Println(strings.Replace(string(annotated), token, "TOKEN", 1))
	// Output:
	// usable: 1
	// {"site":{"domain":"example.com"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"TOKEN","ext":{"uid2":{"status":"Success","raw":"AVyI5ilbBG59ck6Vicdu08AWLiFBqyxnuIeWSYB+v6c=","opted_out":false,"type":"email","version":4,"established":1765886400000,"expires":2524608000000,"site_id":7000}}}]}]}}
}

// requestWithToken is a request of 3.6 KB with one UID2 behind three other eids.
func requestWithToken(t testing.TB) []byte {
	t.Helper()
	request, err := os.ReadFile("openrtb/testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(request), `"source":"uidapi.com","uids":[{"id":"`)
	_, after, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatal("no UID2 in the request")
	}
	return []byte(before + `"source":"uidapi.com","uids":[{"id":"` + fixtures.Token("G3").Text + `"` + after)
}

// BenchmarkBid is that for a request of 3.6 KB with one UID2 behind three other eids, beside reading and writing the
// same request with openrtb2's types, which is what a bidder would do otherwise, before it decrypts anything.
func BenchmarkBid(b *testing.B) {
	request := requestWithToken(b)
	bidder, err := newBidder()
	if err != nil {
		b.Fatal(err)
	}

	b.Run("find, decrypt, annotate", func(b *testing.B) {
		var dst []byte
		b.ReportAllocs()
		for b.Loop() {
			if dst, _, err = bidder.Annotate(dst[:0], request, fixturesNow); err != nil {
				b.Fatal(err)
			}
		}
		if !strings.Contains(string(dst), `"raw":`) {
			b.Fatal("no raw UID")
		}
	})
	b.Run("unmarshal and marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var parsed openrtb2.BidRequest
			if err := json.Unmarshal(request, &parsed); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(&parsed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
