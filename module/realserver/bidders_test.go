//go:build pbstree

package realserver_test

import (
	"hash/crc32"
	"net/http"
	"sync"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

// bidders are those that the host's bidders stand for, behind one address. The first segment of a path
// is the bidder that was called.
type bidders struct {
	server *pbstest.DSP

	mu     sync.Mutex
	sent   []sent
	answer func(w http.ResponseWriter, bidder string, body []byte) bool // instead of a bid, unless it returns false
	edit   func(bidder string, body []byte, response *openrtb2.BidResponse)
}

// sent is a request that left a server.
type sent struct {
	to   string
	body []byte
}

func newBidders(t *testing.T) *bidders {
	t.Helper()
	b := &bidders{}
	b.server = pbstest.NewDSP(pbstest.DSPConfig{Keep: -1, Price: price, Answer: b.receive, Edit: b.change})
	t.Cleanup(b.server.Close)
	return b
}

// price is another one for each bidder, so that the winner is always the same.
func price(bidder string, request *openrtb2.BidRequest) (float64, bool) {
	name := bidder + string(request.Ext) // an alias is in there
	return 1 + float64(crc32.ChecksumIEEE([]byte(name))%1000)/100, true
}

func (b *bidders) receive(w http.ResponseWriter, _ *http.Request, bidder string, body []byte) bool {
	b.mu.Lock()
	b.sent = append(b.sent, sent{bidder, body})
	answer := b.answer
	b.mu.Unlock()
	return answer != nil && answer(w, bidder, body)
}

func (b *bidders) change(bidder string, body []byte, response *openrtb2.BidResponse) {
	b.mu.Lock()
	edit := b.edit
	b.mu.Unlock()
	if edit != nil {
		edit(bidder, body, response)
	}
}

// behave changes what the bidders do.
func (b *bidders) behave(answer func(http.ResponseWriter, string, []byte) bool, edit func(string, []byte, *openrtb2.BidResponse)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer, b.edit = answer, edit
}

// take returns what came since the last call.
func (b *bidders) take() []sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.sent
	b.sent = nil
	return all
}
