// Package pbstree builds Prebid Servers with the module from their released trees, with the go
// command, and runs them as processes of their own. It must be used inside the workspace.
package pbstree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Version is a version of Prebid Server with which the module is tested.
type Version struct{ Major, Release string }

// Versions returns all of them.
func Versions() []Version { return []Version{{"v3", "v3.30.0"}, {"v4", "v4.6.0"}} }

// Built is a server with the module.
type Built struct {
	Source string // where the module cache has the released tree
	Tree   string // in which the module was registered, and from which it was taken out again
	Static string // its directory static, with more descriptions of bidders
	Binary string // the server
	Again  string // what register said the second time; empty if the server was there already
}

// Build registers the module in a copy of the released tree, builds the server, and takes the
// module out again, all in a directory. A server that is there already is not built again. bidders
// are the files of more descriptions of bidders; it may be nil.
func (v Version) Build(workshop string, bidders fs.FS) (*Built, error) {
	b := &Built{Tree: filepath.Join(workshop, v.Major), Static: filepath.Join(workshop, "static-"+v.Major),
		Binary: filepath.Join(workshop, "prebid-server-"+v.Major)}
	var err error
	if b.Source, err = v.download(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(b.Binary); err == nil {
		return b, nil
	}
	if err := os.CopyFS(b.Tree, os.DirFS(b.Source)); err != nil {
		return nil, err
	}
	if err := b.register(); err != nil {
		return nil, err
	}
	if err := os.CopyFS(b.Static, os.DirFS(filepath.Join(b.Tree, "static"))); err != nil {
		return nil, err
	}
	if bidders == nil {
		return b, nil
	}
	return b, os.CopyFS(filepath.Join(b.Static, "bidder-info"), bidders)
}

// register builds the server; repeats what should change nothing; and undoes it.
func (b *Built) register() (err error) {
	if _, err := register("-tree", b.Tree, "-print", "none", "-o", b.Binary); err != nil {
		return err
	}
	if b.Again, err = register("-tree", b.Tree, "-print", "none"); err != nil {
		return err
	}
	_, err = register("-tree", b.Tree, "-undo")
	return err
}

// download returns the directory in which the module cache has the released tree.
func (v Version) download() (dir string, err error) {
	out, err := exec.Command("go", "mod", "download", "-json", "github.com/prebid/prebid-server/"+v.Major+"@"+v.Release).Output()
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
