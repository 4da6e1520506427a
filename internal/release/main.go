// Command release makes a release of all modules that others import or install, from the commit that is checked out:
//
//	go run ./internal/release -version v0.5.0 -proxy /tmp/proxy
//
// On main the modules of this repository replace each other, so that a checkout works by itself. In a release they require each
// other's versions. This program makes the commit in which they do, on no branch, and writes the released modules as
// a module proxy, with which the release can be tried before anybody sees it:
//
//	GOPROXY=file:///tmp/proxy,$(go env GOPROXY) GONOSUMDB=github.com/uid2rtb go install github.com/uid2rtb/uid2rtb/cmd/uid2@v0.5.0
//
// With -tag it also tags the commit, once for each module. Nothing is pushed.
//
// A release has two numbers, here 5 and 0. The binding for a major version of Prebid Server has that major version itself, so it
// is v3.5.0 in the release v0.5.0.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	version := flags.String("version", "", "the root's `version`, as v0.5.0")
	proxy := flags.String("proxy", "", "write a module proxy into this `directory`")
	tag := flags.Bool("tag", false, "tag the commit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	modules, err := released(*version)
	if err != nil {
		return err
	}
	if *proxy == "" {
		return fmt.Errorf("-proxy is missing: where the released modules go")
	}
	dir, err := filepath.Abs(*proxy)
	if err != nil {
		return err
	}
	r := &release{ctx: ctx, modules: modules, proxy: dir}
	commit, err := r.make()
	if err != nil {
		return err
	}
	for _, m := range modules {
		fmt.Println(commit[:12], m.tag())
		if *tag {
			if _, err := r.git(".", "tag", "-a", "-m", m.tag(), m.tag(), commit); err != nil {
				return err
			}
		}
	}
	return nil
}
