//go:build pbstree

// Package realserver_test plays auctions with real Prebid Server programs that have the module, of
// each version that the module supports.
//
// The servers are built once, which takes half a minute each, the go command and, the first time,
// the Go module proxy. -keep DIR keeps them for the next run.
package realserver_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
)

var (
	keep     = flag.String("keep", "", "keep trees and servers in this `directory`, and use those that are there: they are not built again")
	seed     = flag.Uint64("seed", 1, "what the hostile auctions follow from")
	auctions = flag.Int("auctions", 300, "how many hostile auctions to compare, in each version")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if workshop = *keep; workshop == "" {
		if workshop, err = os.MkdirTemp("", "realserver"); err != nil {
			return 1, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(workshop)) }()
	}
	return m.Run(), nil
}

// onBoth runs a test with each version of Prebid Server.
func onBoth(t *testing.T, test func(*testing.T, *version)) {
	t.Helper()
	for _, v := range versions {
		t.Run(v.Major, func(t *testing.T) { test(t, v) })
	}
}
