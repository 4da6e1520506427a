//go:build pbstree

package realserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// version is a version of Prebid Server with which the module is tested.
type version struct {
	major, release string

	once   sync.Once
	err    error  // of building
	tree   string // in which the module was registered, and from which it was taken out again
	static string // its directory static with bidders of the host's own
	binary string // the server with the module
	again  string // what register said the second time
	source string // where the module cache has it
}

var versions = []*version{{major: "v3", release: "v3.30.0"}, {major: "v4", release: "v4.6.0"}}

// workshop is the directory in which trees and servers are.
var workshop string

// built returns the version with its server, which the first caller builds.
func (v *version) built(t *testing.T) *version {
	t.Helper()
	v.once.Do(func() { v.err = v.build() })
	if v.err != nil {
		t.Fatal(v.err)
	}
	return v
}

// build registers the module in a copy of the released tree, builds the server, and takes the module
// out again.
func (v *version) build() (err error) {
	v.tree, v.static = filepath.Join(workshop, v.major), filepath.Join(workshop, "static-"+v.major)
	v.binary = filepath.Join(workshop, "prebid-server-"+v.major)
	if v.source, err = v.download(); err != nil {
		return err
	}
	if _, err := os.Stat(v.binary); err == nil {
		return nil // kept
	}
	if err := os.CopyFS(v.tree, os.DirFS(v.source)); err != nil {
		return err
	}
	if _, err := register("-tree", v.tree, "-print", "none", "-o", v.binary); err != nil {
		return err
	}
	if v.again, err = register("-tree", v.tree, "-print", "none"); err != nil {
		return err
	}
	if _, err := register("-tree", v.tree, "-undo"); err != nil {
		return err
	}
	if err := os.CopyFS(v.static, os.DirFS(filepath.Join(v.tree, "static"))); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(v.static, "bidder-info"), os.DirFS("testdata/bidder-info"))
}

// download returns the directory in which the module cache has the released tree.
func (v *version) download() (dir string, err error) {
	out, err := exec.Command("go", "mod", "download", "-json", "github.com/prebid/prebid-server/"+v.major+"@"+v.release).Output()
	var answer struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &answer); jsonErr != nil || answer.Dir == "" {
		return "", fmt.Errorf("go mod download: %w: %s", errors.Join(err, jsonErr), answer.Error)
	}
	return answer.Dir, nil
}

// register runs the program of module/register, which takes the checkout in which it is run.
func register(args ...string) (said string, err error) {
	c := exec.Command("go", append([]string{"run", "github.com/uid2rtb/uid2rtb/module/register"}, args...)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("register %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// The commands of the README build a server; repeated, they change nothing; undone, they leave the
// tree byte for byte as it was released.
func TestRegister(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		v.built(t)
		if *keep == "" && strings.Count(v.again, "unchanged  ") != 6 {
			t.Errorf("registering again: %s", v.again)
		}
		same(t, v.tree, v.source)
		same(t, v.source, v.tree)
	})
}

// same wants every file of a directory to be in another one.
func same(t *testing.T, dir, other string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		if there, err := os.ReadFile(filepath.Join(other, path)); err != nil || !bytes.Equal(text, there) {
			t.Errorf("%s differs, %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
