package main

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

const root = "github.com/uid2rtb/uid2rtb"

// directories are those of the modules that are released, each after what it requires.
var directories = []string{".", "metrics", "module", "module/v3", "module/v4", "module/register", "inspect", "cmd/uid2"}

// goModule is a module of the repository, in a version.
type goModule struct {
	dir     string // from the root, with slashes
	version string
}

// released returns the modules of the release in which the root has a version.
func released(version string) (all []goModule, err error) {
	if semver.Canonical(version) != version || semver.Major(version) != "v0" || semver.Prerelease(version) != "" {
		return nil, fmt.Errorf("-version %q: want one like v0.5.0", version)
	}
	for _, dir := range directories {
		m := goModule{dir, version}
		if _, major, ok := module.SplitPathVersion(m.path()); ok && major != "" {
			m.version = strings.TrimPrefix(major, "/") + strings.TrimPrefix(version, "v0")
		}
		all = append(all, m)
	}
	return all, nil
}

func (m goModule) path() string { return path.Join(root, m.dir) }

// tag is what the go command looks for in the repository: the directory, without a major version, and the version.
func (m goModule) tag() string {
	prefix, _, _ := module.SplitPathVersion(m.path())
	return strings.TrimPrefix(strings.TrimPrefix(prefix, root)+"/"+m.version, "/")
}
