package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// serve keeps everything running until the context ends or the time is up, and shows what the
// bidder receives.
func (w *world) serve(ctx context.Context, o options, out io.Writer) error {
	if o.serveFor > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.serveFor)
		defer cancel()
	}
	dir, err := os.MkdirTemp("", "bidder-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	example, err := w.writeRequests(dir)
	if err != nil {
		return err
	}
	w.bidder.follow(out) // before requests can be sent
	defer w.bidder.follow(nil)
	until := "you press Ctrl-C"
	if o.serveFor > 0 {
		until = o.serveFor.String() + " are over, or you press Ctrl-C"
	}
	fmt.Fprintln(out)
	sayElsewhere(out, "Prebid Server", o.addr, defaultAddr, strings.TrimPrefix(w.pbs.URL, "http://"))
	fmt.Fprintf(out, "Prebid Server answers at %s until %s.\n", w.pbs.URL, until)
	for name, operator := range w.operators {
		fmt.Fprintf(out, "%s operator: %s\n", name, operator.URL)
	}
	if example != "" {
		fmt.Fprintf(out, "The requests, with fresh tokens, are in %s. Try:\n  curl -s -d @%s %s/openrtb2/auction\n\n", dir, example, w.pbs.URL)
	}
	<-ctx.Done()
	return nil
}

// writeRequests writes the requests for /openrtb2/auction as files, and returns the path of the
// first one.
func (w *world) writeRequests(dir string) (example string, err error) {
	for _, r := range w.requests {
		if r.sample.Endpoint == endpointAMP {
			continue
		}
		path := filepath.Join(dir, filepath.Base(r.sample.OpenRTB+"-"+r.sample.Name+".json"))
		if err := os.WriteFile(path, r.body, 0o600); err != nil {
			return "", err
		}
		if example == "" {
			example = path
		}
	}
	return example, nil
}

// follow writes a line to out for each request from now on; nil stops that.
func (b *bidder) follow(out io.Writer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.out = out
}

func writeReceived(out io.Writer, r received) {
	uids := make([]string, 0, len(r.UIDs))
	for _, u := range r.UIDs {
		uids = append(uids, tokenText(u)+" "+statusText(u))
	}
	fmt.Fprintf(out, "%s received [%s]: %s, %.2f USD\n", r.Bidder, strings.Join(uids, ", "), r.Outcome, r.PriceUSD)
}
