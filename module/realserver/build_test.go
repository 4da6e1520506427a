//go:build pbstree

package realserver_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

// version is a version of Prebid Server with which the module is tested.
type version struct {
	pbstree.Version
	*pbstree.Built

	once sync.Once
	err  error // of building
}

var versions = allVersions()

func allVersions() (all []*version) {
	for _, v := range pbstree.Versions() {
		all = append(all, &version{Version: v})
	}
	return all
}

// workshop is the directory in which trees and servers are.
var workshop string

// built returns the version with its server, which the first caller builds.
func (v *version) built(t *testing.T) *version {
	t.Helper()
	v.once.Do(func() { v.Built, v.err = v.Build(workshop, os.DirFS("testdata/bidder-info")) })
	if v.err != nil {
		t.Fatal(v.err)
	}
	return v
}

// The commands of the README build a server; repeated, they change nothing; undone, they leave the
// tree byte for byte as it was released.
func TestRegister(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		v.built(t)
		if *keep == "" && strings.Count(v.Again, "unchanged  ") != 6 {
			t.Errorf("registering again: %s", v.Again)
		}
		same(t, v.Tree, v.Source)
		same(t, v.Source, v.Tree)
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
