package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// release is one that is being made.
type release struct {
	ctx     context.Context
	modules []goModule
	proxy   string // the directory of a module proxy
	clone   string // where the commit is made
	env     []string
}

// make makes the commit and the proxy. It needs a clean checkout, since what isn't committed would not be in the release.
func (r *release) make() (commit string, err error) {
	changed, err := r.git(".", "status", "--porcelain")
	if err != nil {
		return "", err
	}
	if changed != "" {
		return "", fmt.Errorf("the checkout is not clean; commit or remove:\n%s", changed)
	}
	temporary, err := os.MkdirTemp("", "release")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	r.clone = filepath.Join(temporary, "uid2rtb")
	if r.env, err = r.environment(filepath.Join(temporary, "cache")); err != nil {
		return "", err
	}
	if err := r.newClone(); err != nil {
		return "", err
	}
	for i := range r.modules {
		if err := r.add(i); err != nil {
			return "", fmt.Errorf("%s: %w", r.modules[i].path(), err)
		}
	}
	if err := r.addOthers(); err != nil {
		return "", err
	}
	if _, err := r.git(".", "fetch", "--quiet", "--no-tags", r.clone, "HEAD"); err != nil {
		return "", err
	}
	return r.git(r.clone, "rev-parse", "HEAD")
}

// newClone clones the checkout, with the committer's name.
func (r *release) newClone() error {
	if _, err := r.git(".", "clone", "--quiet", ".", r.clone); err != nil {
		return err
	}
	for _, name := range []string{"user.name", "user.email"} {
		value, err := r.git(".", "config", name)
		if err != nil {
			return err
		}
		if _, err := r.git(r.clone, "config", name, value); err != nil {
			return err
		}
	}
	return nil
}

// add has module i require the versions of those before it, and adds it to the proxy. The hashes of those, which its go.sum has,
// come out of the proxy; and they stay right, since a module has nothing of the modules in folders of its own.
func (r *release) add(i int) error {
	m := r.modules[i]
	edit := []string{"mod", "edit"}
	for _, other := range r.modules {
		edit = append(edit, "-dropreplace="+other.path())
	}
	if err := r.require(m, r.modules[:i], edit); err != nil {
		return err
	}
	commit := []string{"commit", "--quiet", "--all", "--allow-empty", "-m", "release: " + r.modules[0].version}
	if i > 0 {
		commit = append(commit, "--amend")
	}
	if _, err := r.git(r.clone, commit...); err != nil {
		return err
	}
	return publish(r.proxy, r.clone, m)
}

// addOthers has the modules that aren't released require the versions of those that are. They still
// find them beside themselves, so that the commit passes its own tests.
func (r *release) addOthers() error {
	out, err := r.command(r.clone, []string{"GOWORK="}, "go", "list", "-m", "-f", "{{.Path}}")
	if err != nil {
		return err
	}
	for _, path := range strings.Fields(out) {
		m := goModule{dir: strings.TrimPrefix(strings.TrimPrefix(path, root), "/")}
		if slices.ContainsFunc(r.modules, func(released goModule) bool { return released.path() == path }) {
			continue
		}
		if err := r.require(m, r.modules, []string{"mod", "edit"}); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	_, err = r.git(r.clone, "commit", "--quiet", "--all", "--allow-empty", "--amend", "--no-edit")
	return err
}

// require makes an edit of m's go.mod, in which it then requires the versions of those of others that it requires at all.
func (r *release) require(m goModule, others []goModule, edit []string) error {
	required, err := r.requires(m)
	if err != nil {
		return err
	}
	for _, other := range others {
		if required[other.path()] {
			edit = append(edit, "-require="+other.path()+"@"+other.version)
		}
	}
	if len(edit) > 2 {
		if _, err := r.goCommand(m, edit...); err != nil {
			return err
		}
	}
	_, err = r.goCommand(m, "mod", "tidy")
	return err
}

// requires returns the modules that m requires.
func (r *release) requires(m goModule) (paths map[string]bool, err error) {
	out, err := r.goCommand(m, "mod", "edit", "-print")
	if err != nil {
		return nil, err
	}
	paths = make(map[string]bool)
	for _, word := range strings.Fields(out) {
		paths[word] = true
	}
	return paths, nil
}

// goCommand runs the go command for a module.
func (r *release) goCommand(m goModule, args ...string) (out string, err error) {
	return r.command(filepath.Join(r.clone, filepath.FromSlash(m.dir)), r.env, "go", args...)
}

// environment has the go command take what the proxy has from there alone, and not from the usual cache, which may have the same
// versions of an earlier try. What others have made it takes from that cache if it is there.
func (r *release) environment(cache string) (env []string, err error) {
	usual, err := r.command(".", nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	dir, proxies, _ := strings.Cut(usual, "\n")
	from := []string{"file://" + r.proxy, "file://" + filepath.ToSlash(dir) + "/cache/download", proxies}
	return []string{
		"GOWORK=off", "GOFLAGS=-mod=mod -modcacherw", "GOMODCACHE=" + cache, "GOPROXY=" + strings.Join(from, ","), "GONOSUMDB=" + root,
	}, nil
}

func (r *release) git(dir string, args ...string) (out string, err error) {
	return r.command(dir, nil, "git", args...)
}

// command returns what a program prints, without the last line's end.
func (r *release) command(dir string, env []string, name string, args ...string) (out string, err error) {
	c := exec.CommandContext(r.ctx, name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var said bytes.Buffer
	c.Stderr = &said
	b, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &said)
	}
	return strings.TrimSuffix(string(b), "\n"), nil
}
