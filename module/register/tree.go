package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

const modulePath = "github.com/uid2rtb/uid2rtb"

// Where things are in a tree. The path of moduleDir makes the module's code, uid2.decrypt.
const (
	moduleDir   = "modules/uid2/decrypt"
	shimFile    = moduleDir + "/module.go"
	readmeFile  = moduleDir + "/README.md"
	recordFile  = moduleDir + "/register.json"
	vendorDir   = "third_party/uid2rtb"
	builderFile = "modules/builder.go"
)

// major is a major version of Prebid Server, such as "v3", for which there is a binding of the same
// name.
type major string

var majors = []major{"v3", "v4"}

func (m major) serverPath() string  { return "github.com/prebid/prebid-server/" + string(m) }
func (m major) bindingPath() string { return modulePath + "/module/" + string(m) }

// tree is a source tree of Prebid Server.
type tree struct {
	dir   string // absolute
	major major
}

// openTree refuses what isn't a Prebid Server that there is a binding for.
func openTree(dir string) (*tree, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	mod, err := readMod(dir)
	if err != nil {
		return nil, advice.Wrap("-tree "+dir, err, "name the directory of a Prebid Server in Go, which has its go.mod")
	}
	path := mod.Module.Mod.Path
	for _, m := range majors {
		if path == m.serverPath() {
			return &tree{dir: dir, major: m}, nil
		}
	}
	return nil, advice.New("-tree "+dir, "it holds "+path, fmt.Sprintf("check out a release of %s or %s", majors[0].serverPath(), majors[1].serverPath()))
}

func (t *tree) path(name string) string { return filepath.Join(t.dir, filepath.FromSlash(name)) }

// foreign refuses a tree in which somebody else's files are where the module's belong.
func (t *tree) foreign() error {
	shim, err := readIfThere(t.path(shimFile))
	if err != nil {
		return err
	}
	if shim != nil && !strings.Contains(string(shim), `"`+modulePath+`/module/`) {
		return advice.New(t.path(shimFile)+" exists", "it is not from here", "remove it first")
	}
	if _, err := os.Stat(t.path(vendorDir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if mod, err := readMod(t.path(vendorDir)); err != nil || mod.Module.Mod.Path != modulePath {
		return advice.New(t.path(vendorDir)+" exists", "it is not from here", "move it away first")
	}
	return nil
}

// registered reports whether anything in the tree is the module's.
func (t *tree) registered() (bool, error) {
	mod, err := readMod(t.dir)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(mod.Require, func(r *modfile.Require) bool { return isOurs(r.Mod.Path) }) ||
		slices.ContainsFunc(mod.Replace, func(r *modfile.Replace) bool { return isOurs(r.Old.Path) }) {
		return true, nil
	}
	for _, name := range []string{shimFile, recordFile, vendorDir} {
		if _, err := os.Stat(t.path(name)); err == nil {
			return true, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// isOurs reports whether a Go module is one of this repository.
func isOurs(path string) bool { return path == modulePath || strings.HasPrefix(path, modulePath+"/") }

// readMod reads the go.mod of a directory.
func readMod(dir string) (*modfile.File, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("it has no go.mod")
	}
	if err != nil {
		return nil, err
	}
	return parseMod(text)
}

func parseMod(text []byte) (*modfile.File, error) {
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	if mod.Module == nil {
		return nil, errors.New("its go.mod names no module")
	}
	return mod, nil
}

// writeMod writes the go.mod of the tree.
func (t *tree) writeMod(mod *modfile.File) error {
	mod.Cleanup()
	text, err := mod.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(t.path("go.mod"), text, 0o644)
}

// readIfThere returns nil without an error for a file that doesn't exist.
func readIfThere(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
