//go:build pbstree

package main

import (
	"flag"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

var (
	keep   = flag.String("keep", "", "keep trees and servers in this `directory`, and use those that are there")
	long   = flag.Duration("endurance", time.Minute, "how long a server must endure everything")
	majors = flag.String("major", "v4", "the `version` of Prebid Server")
)

// A server goes through all that can happen to it, takes no more and more of anything, errs in nothing and sends
// no raw UID where or when it mustn't.
func TestEndurance(t *testing.T) {
	workshop := *keep
	if workshop == "" {
		workshop = t.TempDir()
	}
	all := pbstree.Versions()
	v := all[slices.IndexFunc(all, func(v pbstree.Version) bool { return v.Major == *majors })]
	server, err := v.Build(workshop, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out io.Writer = io.Discard
	if testing.Verbose() {
		out = os.Stdout
	}
	result, err := newEndurance(*long).endure(t.Context(), server, out)
	if err != nil {
		t.Fatal(err)
	}
	section := result.section(v)
	section.Print(out)
	for _, wrong := range result.wrong {
		t.Error(wrong)
	}
}
