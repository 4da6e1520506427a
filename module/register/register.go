package main

import (
	"context"
	_ "embed" // for the README
	"errors"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// shim is the whole of the module inside the tree.
const shim = `// Package decrypt is the hook module uid2.decrypt of ` + modulePath + `, whose program module/register wrote this
// file.
package decrypt

import "%s"

// Builder makes the module from its section of the host configuration.
var Builder = module.Builder
`

//go:embed module.md
var readme string

// register registers the module, or leaves the tree as it was.
func (t *tree) register(ctx context.Context, c *console, o options) (err error) {
	if err := o.source.complete(ctx, t.major); err != nil {
		return err
	}
	if o.output, err = absolute(o.output); err != nil {
		return err
	}
	if o.patch, err = absolute(o.patch); err != nil {
		return err
	}
	if err := t.refuse(ctx, o); err != nil {
		return err
	}
	before, err := t.snapshot()
	if err != nil {
		return err
	}
	defer t.restoreOnError(before, &err)
	if err := t.apply(ctx, c, o); err != nil {
		return err
	}
	now, err := t.snapshot()
	if err != nil {
		return err
	}
	report(c, before, now)
	c.say("Prebid Server %s in %s has the module uid2.decrypt.", t.major, t.dir)
	if _, err := os.Stat(t.path("vendor")); err == nil {
		c.say("note       the tree has a directory vendor, which is out of date now: go mod vendor")
	}
	if o.patch != "" {
		if err := t.writePatch(ctx, o.patch); err != nil {
			return err
		}
		c.say("The patch is %s.", o.patch)
	}
	printAfterwards(c, o.print)
	return nil
}

// restoreOnError brings the tree back if what was done ended with an error.
func (t *tree) restoreOnError(before snapshot, err *error) {
	if *err == nil {
		return
	}
	if restoreErr := t.restore(before); restoreErr != nil {
		*err = advice.Wrap("the tree could not be restored", errors.Join(restoreErr, *err), "restore it with git: git checkout . in "+t.dir)
	}
}

func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

// refuse looks for what speaks against registering before anything is written.
func (t *tree) refuse(ctx context.Context, o options) error {
	if o.vendor && o.source.checkout == "" {
		return mistake{advice.New("-vendor", "it copies a checkout, and there is none here", "say which, with -module DIR")}
	}
	if o.patch != "" && o.source.checkout != "" && !o.vendor {
		return mistake{advice.New("-patch", "a patch must not point to a directory of this machine", "use -version V or -vendor")}
	}
	if o.source.checkout != "" {
		if _, err := o.source.parts(t.major); err != nil {
			return err
		}
	}
	if err := t.foreign(); err != nil {
		return err
	}
	if o.allowDirty {
		return nil
	}
	return t.clean(ctx)
}

// apply starts from what the tree was before it was registered first, so that it may be repeated.
func (t *tree) apply(ctx context.Context, c *console, o options) error {
	if err := t.revert(ctx, c); err != nil {
		return err
	}
	before, err := t.snapshot()
	if err != nil {
		return err
	}
	was, err := readMod(t.dir)
	if err != nil {
		return err
	}
	if newer := t.major.newer(was); len(newer) > 0 && !o.allowNewer {
		return advice.New("the tree requires higher versions than Prebid Server "+t.major.tested().server+", with which the module was tested", listed(newer),
			"if you mean to use it, insist with -allow-newer, and run the tree's own tests afterwards")
	}
	if err := t.build(ctx, c, o); err != nil {
		return err
	}
	if err := t.compare(c, was); err != nil {
		return err
	}
	return t.keepRecord(before)
}

// build takes the steps that one would take by hand.
func (t *tree) build(ctx context.Context, c *console, o options) error {
	if err := t.write(shimFile, fmt.Appendf(nil, shim, t.major.bindingPath())); err != nil {
		return err
	}
	if err := t.write(readmeFile, []byte(moduleReadme())); err != nil {
		return err
	}
	if err := t.require(ctx, o.source); err != nil {
		return err
	}
	if err := goCommand(ctx, c, t.dir, "mod", "tidy"); err != nil {
		return err
	}
	if o.vendor {
		if err := t.vendor(ctx, c, o.source); err != nil {
			return err
		}
	}
	if err := t.generate(ctx, c); err != nil {
		return err
	}
	output := o.output
	if output == "" {
		output = os.DevNull
	}
	return goCommand(ctx, c, t.dir, "build", "-o", output, ".")
}

// generate runs the tree's own generator of modules/builder.go.
func (t *tree) generate(ctx context.Context, c *console) error {
	return goCommand(ctx, c, t.dir, "generate", "./modules/modules.go")
}

// moduleReadme is the README.md of the module's folder.
func moduleReadme() string {
	return strings.Replace(readme, "{{minimal.yaml}}\n", configText("minimal.yaml"), 1)
}

// compare makes sure that the tree's Go is as it was, and says which of its requirements were
// raised.
func (t *tree) compare(c *console, was *modfile.File) error {
	is, err := readMod(t.dir)
	if err != nil {
		return err
	}
	a, b := goLine(was), goLine(is)
	if version.Lang("go"+a) != version.Lang("go"+b) {
		return advice.New(fmt.Sprintf("the module would raise the tree's Go from %s to %s", a, b), "that changes what go vet and the tests say",
			"take an older version of the module, or a newer Prebid Server")
	}
	if a != b {
		c.say("raised     go %s to %s", a, b)
	}
	after := versions(is)
	for _, r := range was.Require {
		if v := after[r.Mod.Path]; !r.Indirect && v != r.Mod.Version {
			c.say("raised     %s %s to %s", r.Mod.Path, r.Mod.Version, v)
		}
	}
	return nil
}
