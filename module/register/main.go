// Register puts the hook module uid2.decrypt into a source tree of Prebid Server (Go), v3 or v4.
//
//	go run github.com/uid2rtb/uid2rtb/module/register@latest -tree ~/prebid-server
//
// or, in a checkout of the module, which the tree then uses,
//
//	go run ./module/register -tree ~/prebid-server
//
// It does what one would do by hand: it writes modules/uid2/decrypt/module.go, which points to the
// module, and a README.md beside it; requires the module in the tree's go.mod and tidies; has
// Prebid Server's own generator list the module in modules/builder.go; and builds the server, to be
// sure that it compiles. Then it prints a configuration to paste. If a step fails, all files are as
// before. Running it again changes nothing, or moves the tree to another version.
//
// It refuses a tree with uncommitted changes, one that isn't Prebid Server v3 or v4, and one that
// requires higher versions than the module was tested with.
//
// What the tree was like before is kept in modules/uid2/decrypt/register.json. Commit it with the
// rest: -undo then brings the tree back byte for byte. If its go.mod has got other requirements
// since, these stay, and only what belongs to the module goes.
//
// What to do with the tree:
//
//	-tree DIR       the Prebid Server tree
//	-check          report what is registered, and with -config whether the execution plan lacks a stage
//	-config FILE    the host's configuration, pbs.yaml or pbs.json, for -check
//	-undo           take the module out again
//	-print NAME     print a configuration: minimal.yaml, minimal.json, full.yaml, full.json, default-account.yaml,
//	                default-account.json, account.json, all, or none; minimal.yaml after registering
//	-patch FILE     write what registering changed as a patch, such as one would propose to Prebid Server
//	-o FILE         keep the server that was built
//
// Where the module comes from; without these it is what register was built from: its own release,
// the checkout in which it was started, or else the latest version:
//
//	-module DIR     use this checkout of the module, by replace lines in go.mod
//	-vendor         copy what the checkout has to third_party/uid2rtb in the tree, which a Docker build needs
//	-version V      use this published version
//
// To insist:
//
//	-allow-dirty    register in a tree with uncommitted changes
//	-allow-newer    register in a tree that requires higher versions than were tested
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	writeError(os.Stderr, err)
	if errors.As(err, new(mistake)) {
		os.Exit(2)
	}
	os.Exit(1)
}

// writeError says what happened, why, and what to do.
func writeError(stderr io.Writer, err error) {
	do := advice.Of(err)
	if do == "" {
		do = "correct that, and start again; register -h shows what there is"
	}
	advice.Print(stderr, "register", err, do)
}

// mistake is one on the command line.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

// mistaken returns a mistake, or no error for none.
func mistaken(err error) error {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	return mistake{err}
}

// examples are shown by -h.
const examples = `  go run ./module/register -tree ~/prebid-server
  go run ./module/register -tree ~/prebid-server -vendor -print none
  go run ./module/register -tree ~/prebid-server -check -config pbs.yaml
  go run ./module/register -tree ~/prebid-server -undo
  go run ./module/register -print full.yaml
`

// options are the flags.
type options struct {
	tree, print, patch, output string
	check, undo                bool
	config                     string
	source                     source
	vendor                     bool
	allowDirty, allowNewer     bool
}

func (o *options) define(flags *flag.FlagSet) {
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: register -tree DIR [flags]\n\nPuts the module uid2.decrypt into a source tree of Prebid Server.\n\nExamples:\n%s\nFlags:\n", examples)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.tree, "tree", "", "the Prebid Server `directory`")
	flags.BoolVar(&o.check, "check", false, "report what is registered")
	flags.StringVar(&o.config, "config", "", "with -check, the host's configuration `file`")
	flags.BoolVar(&o.undo, "undo", false, "take the module out again")
	flags.StringVar(&o.print, "print", "", "print a configuration: one of "+configNames()+", all, none")
	flags.StringVar(&o.patch, "patch", "", "write what registering changed as a patch to this `file`")
	flags.StringVar(&o.output, "o", "", "keep the server that was built as this `file`")
	flags.StringVar(&o.source.checkout, "module", "", "use the checkout of the module in this `directory`")
	flags.StringVar(&o.source.version, "version", "", "use this published `version` of the module")
	flags.BoolVar(&o.vendor, "vendor", false, "copy what the checkout has into the tree")
	flags.BoolVar(&o.allowDirty, "allow-dirty", false, "register in a tree with uncommitted changes")
	flags.BoolVar(&o.allowNewer, "allow-newer", false, "register in a tree that requires higher versions than were tested")
}

// mistake is what is wrong with the flags by themselves, or nil.
func (o *options) mistake() error {
	switch {
	case o.tree == "" && !(o.print != "" && !o.check && !o.undo):
		return advice.New("-tree is missing", "it isn't known which Prebid Server is meant", "write -tree DIR")
	case o.print != "" && !isConfigName(o.print):
		return advice.New("-print "+o.print, "there is no such configuration", "choose of "+configNames()+", all, none")
	case o.check && o.undo:
		return advice.New("-check and -undo", "they exclude each other", "run register twice")
	case o.config != "" && !o.check:
		return advice.New("-config", "it belongs to -check, which is missing", "write -check, too, or leave it out")
	case (o.check || o.undo) && (o.source != source{} || o.vendor || o.patch != "" || o.output != "" || o.print != ""):
		return advice.New("-check and -undo", "they take none of -module, -version, -vendor, -patch, -print and -o", "leave those out")
	case o.source.checkout != "" && o.source.version != "":
		return advice.New("-module and -version", "they exclude each other", "keep the one that you mean")
	case o.vendor && o.source.version != "":
		return advice.New("-vendor", "it copies a checkout, and a version needs no copy", "leave it out, or write -module DIR instead of -version")
	}
	return nil
}

// parse parses the command line.
func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("register", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o.define(flags)
	if err := advice.ParseFlags(flags, args); err != nil {
		return o, mistaken(err)
	}
	return o, mistaken(cmp.Or(advice.NoArguments(flags), o.mistake()))
}

// run is the program: it reports what it did to stdout, the output of failing commands to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	c := &console{out: stdout, err: stderr}
	if o.tree == "" {
		printConfig(c, o.print)
		return nil
	}
	t, err := openTree(o.tree)
	if err != nil {
		return err
	}
	switch {
	case o.check:
		return t.check(c, o.config)
	case o.undo:
		return t.undo(ctx, c)
	default:
		return t.register(ctx, c, o)
	}
}

// console is where a run reports.
type console struct{ out, err io.Writer }

func (c *console) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }
