package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"fmt"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

func TestX(t *testing.T) {
	stand, err := newAuctionStand(t.Context())
	if err != nil { t.Fatal(err) }
	defer stand.close()
	d, _ := time.ParseDuration(os.Getenv("D"))
	for _, c := range stand.cases() {
		if x := os.Getenv("CASE"); x != "" && !strings.HasPrefix(c.name, x) { continue }
		for _, w := range []struct{n string; s *pbstest.Server}{{"idle", stand.idle},{"ours", stand.ours}} {
			if x := os.Getenv("WHO"); x != "" && x != w.n { continue }
			play(w.s, c.request, time.Second)
			runtime.SetCPUProfileRate(500)
			p, err := profiled(func() error { return play(w.s, c.request, d) })
			if err != nil { t.Fatal(err) }
			g := sharesOf(p)
			fmt.Printf("%s %s: all %d server %d ours %d = %.2f%% (grow %.2f%% mem %.2f%%) of all %.2f%%\n", c.name, w.n, g.samples, g.server, g.ours, 100*float64(g.ours)/float64(g.server), 100*float64(g.growing)/float64(g.server), 100*float64(g.memory)/float64(g.server), 100*float64(g.ours)/float64(g.samples))
			f, _ := os.Create("/tmp/costx/"+strings.ReplaceAll(strings.ReplaceAll(c.name," ","_"),",","")+"."+w.n+os.Getenv("TAG")+".pb.gz")
			p.Write(f); f.Close()
		}
	}
}
