package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

// alone runs nothing but the bidder, for a Prebid Server that runs elsewhere, until the context
// ends. It has no audience, as it knows nobody's raw UID.
func alone(ctx context.Context, addr string, out io.Writer) error {
	listener, err := net.Listen("tcp", addr) // a DSP panics if it can't listen
	if err != nil {
		return err
	}
	addr = listener.Addr().String()
	listener.Close()
	b := newBidder()
	b.follow(out)
	dsp := pbstest.NewDSP(pbstest.DSPConfig{Price: b.price, Addr: addr, Keep: -1})
	defer dsp.Close()
	fmt.Fprintf(out, "The bidder answers at %s/NAME, with the NAME of any bidder.\n", dsp.URL)
	<-ctx.Done()
	return nil
}
