// Register puts the hook module uid2.decrypt into a source tree of Prebid Server (Go) v3.
//
//	go run github.com/uid2rtb/uid2rtb/module/register@latest -tree ~/prebid-server
//
// or, in a checkout of the module, which the tree then uses,
//
//	go run ./module/register -tree ~/prebid-server
//
// It does what one would do by hand: it writes modules/uid2/decrypt/module.go, which points to this module; requires
// this module in the tree's go.mod; has Prebid Server's own generator list the module in modules/builder.go; and builds
// the server, to be sure that it compiles. No other file of the tree changes, and if a step fails, all of them are as
// before. Running it again changes nothing, or moves the tree to another version.
//
// Flags:
//
//	-tree DIR       the Prebid Server tree
//	-module DIR     use this checkout of the module, by a replace line in go.mod
//	-version V      use this published version
//	-o FILE         keep the server that was built
//
// Without -module and -version it takes what this program was built from: its own version, or the checkout in which it
// was started.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "register:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "register:", err)
		os.Exit(1)
	}
}

// errUsage is a mistake on the command line.
var errUsage = errors.New("usage")

// run is the program: it reports what it did to stdout, the output of failing commands to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r registration
	flags := flag.NewFlagSet("register", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&r.tree, "tree", "", "the Prebid Server `directory`")
	flags.StringVar(&r.checkout, "module", "", "use the checkout of the module in this `directory`")
	flags.StringVar(&r.version, "version", "", "use this published `version` of the module")
	flags.StringVar(&r.output, "o", "", "keep the server that was built as this `file`")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%w: unexpected argument %q", errUsage, flags.Arg(0))
	case r.tree == "":
		return fmt.Errorf("%w: -tree is missing", errUsage)
	case r.checkout != "" && r.version != "":
		return fmt.Errorf("%w: -module and -version exclude each other", errUsage)
	case r.checkout == "" && r.version == "":
		if r.version = ownVersion(); r.version != "" {
			break
		}
		if r.checkout = checkoutHere(ctx); r.checkout == "" {
			return fmt.Errorf("%w: say which module to use, -module DIR or -version V", errUsage)
		}
	}
	return r.do(ctx, &console{out: stdout, err: stderr})
}

// ownVersion is the version of the binding in the release that this program was built from, or empty. A binding has the major
// version of its Prebid Server, and for the rest the release's.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || strings.Contains(info.Main.Version, "+") {
		return ""
	}
	release, ok := strings.CutPrefix(info.Main.Version, "v0.")
	if !ok {
		return ""
	}
	return "v3." + release
}
