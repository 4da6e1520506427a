package bidder_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// TestDecryptBatch: each id gets the verdict that it gets alone, whatever stands before the token,
// and is counted, by one query and by one for each.
func TestDecryptBatch(t *testing.T) {
	var ids []string
	var queries []bidstream.Query
	for i, vector := range fixtures.TokenVectors() {
		ids = append(ids, vector.Text, "uid2:"+vector.Text, vector.Text[1:], "")
		for _, source := range []openrtb.Source{openrtb.SourceUID2, openrtb.SourceEUID, openrtb.SourceOther, openrtb.SourceUID2} {
			queries = append(queries, bidder.Query(source, []string{"example.com", "foo.com"}[i%2], now))
		}
	}
	if len(ids) <= 16 {
		t.Fatalf("only %d ids", len(ids))
	}
	for _, queries := range [][]bidstream.Query{queries, queries[:1]} {
		together, alone := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate), newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
		got := make([]bidstream.Verdict, len(ids))
		together.DecryptBatch(got, ids, queries...)
		counted := make(map[codec.Status]uint64)
		for i, id := range ids {
			var want bidstream.Verdict
			if alone.Decrypt(&want, id, queries[min(i, len(queries)-1)]); got[i] != want {
				t.Errorf("%d: %+v, alone %+v", i, got[i], want)
			}
			counted[want.Status]++
		}
		mustHaveDecrypted(t, together, counted)
	}
}
