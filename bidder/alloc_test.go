//go:build !race

package bidder_test

import (
	"slices"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// A request costs the text of its raw UID, and nothing if there is none.
func TestAllocations(t *testing.T) {
	request := []byte(requestWith("uidapi.com", fixtures.Token("G6").Text))
	dst := make([]byte, 0, 2*len(request))
	for name, c := range map[string]struct {
		optOuts bidstream.Option
		want    float64
	}{
		"usable": {nobodyOptedOut, 1}, "opted out": {allOptedOut, 0}, "unknown": {nothingKnown, 0},
	} {
		for _, mode := range []bidder.Mode{bidder.Annotate, bidder.Replace, bidder.DropOptedOut} {
			b := newBidder(t, decrypter(t, c.optOuts), mode)
			n := testing.AllocsPerRun(200, func() { dst, _, _ = b.Annotate(dst[:0], request, now) })
			if n != c.want {
				t.Errorf("%s, %v: %v allocations, want %v", name, mode, n, c.want)
			}
		}
	}
}

// Reading the uids costs nothing, since raw UIDs aren't texts there.
func TestUIDsDoNotAllocate(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	request := []byte(requestWith("uidapi.com", fixtures.Token("G6").Text))
	usable := 0
	n := testing.AllocsPerRun(200, func() {
		for uid, err := range b.UIDs(request, now) {
			if _, ok := uid.RawUID(); ok && err == nil {
				usable++
			}
		}
	})
	if n != 0 || usable == 0 {
		t.Errorf("%v allocations, %d raw UIDs", n, usable)
	}
}

// With package fasthttp a body costs what was found, beside the text of its raw UID.
func TestFastHTTPAllocations(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	handler := b.FastHTTPHandler(func(*fasthttp.RequestCtx) {}, bidder.HandlerConfig{})
	body := []byte(requestWith("uidapi.com", fixtures.Token("G3").Text))
	var ctx fasthttp.RequestCtx
	n := testing.AllocsPerRun(200, func() {
		ctx.Request.SetBody(body)
		handler(&ctx)
	})
	if found, ok := bidder.FoundIn(&ctx); n > 2 || !ok || found.Usable != 1 {
		t.Errorf("%v allocations, %+v", n, found)
	}
}

func TestBatchesDoNotAllocate(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	ids := slices.Repeat([]string{"UID2:" + fixtures.Token("G6").Text}, 16)
	verdicts := make([]bidstream.Verdict, len(ids))
	if n := testing.AllocsPerRun(200, func() { b.DecryptBatch(verdicts, ids, bidder.Query(openrtb.SourceUID2, "example.com", now)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
