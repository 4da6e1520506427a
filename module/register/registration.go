package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

const (
	modulePath  = "github.com/uid2rtb/uid2rtb"
	bindingPath = modulePath + "/module/v3"
	treePath    = "github.com/prebid/prebid-server/v3"

	shimFile = "modules/uid2/decrypt/module.go" // the path makes the module's code, uid2.decrypt
)

// modules are those that the tree needs, the binding and what it requires.
var modules = []goModule{{"module/v3", "v3.0.0"}, {"module", "v0.0.0"}, {"metrics", "v0.0.0"}, {"", "v0.0.0"}}

// goModule is a module of this repository.
type goModule struct {
	dir        string
	unreleased string // its version in a checkout
}

func (m goModule) path() string { return path.Join(modulePath, m.dir) }

// shim is the whole of the module inside the tree.
const shim = `// Package decrypt is the hook module uid2.decrypt of ` + modulePath + `, whose program module/register wrote this
// file.
package decrypt

import "` + bindingPath + `"

// Builder makes the module from its section of the host configuration.
var Builder = module.Builder
`

// registration is one run: a tree, and where the module comes from, a checkout or a version.
type registration struct {
	tree, checkout, version, output string
}

// console is where a run reports.
type console struct{ out, err io.Writer }

func (c *console) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }

// do registers the module, or leaves the tree as it was.
func (r *registration) do(ctx context.Context, c *console) (err error) {
	if err := r.check(ctx); err != nil {
		return err
	}
	files, err := readFiles(r.tree, shimFile, "modules/builder.go", "go.mod", "go.sum")
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			return
		}
		if restoreErr := files.restore(); restoreErr != nil {
			err = fmt.Errorf("%w; and the tree could not be restored: %w", err, restoreErr)
		}
	}()
	if err := r.apply(ctx, c); err != nil {
		return err
	}
	if err := files.report(c); err != nil {
		return err
	}
	c.say("Prebid Server in %s has the module uid2.decrypt.", r.tree)
	return nil
}

// check makes paths absolute and refuses what can't work before anything is written.
func (r *registration) check(ctx context.Context) (err error) {
	if r.tree, err = filepath.Abs(r.tree); err != nil {
		return err
	}
	switch path, err := modulePathOf(ctx, r.tree); {
	case err != nil:
		return fmt.Errorf("-tree %s: %w", r.tree, err)
	case path != treePath:
		return fmt.Errorf("-tree %s: it holds %s; the module works with %s", r.tree, path, treePath)
	}
	if err := shimIsOurs(filepath.Join(r.tree, shimFile)); err != nil {
		return err
	}
	if r.output != "" {
		if r.output, err = filepath.Abs(r.output); err != nil {
			return err
		}
	}
	if r.checkout == "" {
		return nil
	}
	if r.checkout, err = filepath.Abs(r.checkout); err != nil {
		return err
	}
	switch path, err := modulePathOf(ctx, r.checkout); {
	case err != nil:
		return fmt.Errorf("-module %s: %w", r.checkout, err)
	case path != modulePath:
		return fmt.Errorf("-module %s: it holds %s, not %s", r.checkout, path, modulePath)
	}
	return nil
}

// apply does the steps. Each may be repeated.
func (r *registration) apply(ctx context.Context, c *console) error {
	path := filepath.Join(r.tree, shimFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(shim), 0o644); err != nil {
		return err
	}
	edit := []string{"mod", "edit", "-require=" + bindingPath + "@" + cmp.Or(r.version, "v3.0.0")}
	for _, m := range modules {
		if r.checkout == "" {
			edit = append(edit, "-dropreplace="+m.path())
			if m.path() != bindingPath {
				edit = append(edit, "-droprequire="+m.path())
			}
			continue
		}
		edit = append(edit, "-require="+m.path()+"@"+m.unreleased, "-replace="+m.path()+"="+filepath.Join(r.checkout, m.dir))
	}
	output := r.output
	if output == "" {
		output = os.DevNull
	}
	for _, args := range [][]string{
		edit,
		{"generate", "./modules/modules.go"},
		{"build", "-o", output, "."},
	} {
		if err := goCommand(ctx, c, r.tree, args...); err != nil {
			return err
		}
	}
	return nil
}
