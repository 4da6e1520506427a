//go:build go1.24

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commit makes a directory a git repository, or commits all that it has.
func commit(t *testing.T, dir string) {
	t.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-q", "-m", "m"}} {
		git(t, dir, args...)
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestGit(t *testing.T) {
	dir := sandbox(t)
	for _, below := range []string{"", "servers"} { // the repository's root, or a directory of it
		t.Run("in "+below, func(t *testing.T) {
			repository := t.TempDir()
			tree := filepath.Join(repository, below)
			for name, text := range contents(t, filepath.Join(dir, "v3")) {
				if !strings.HasSuffix(name, "/") {
					write(t, tree, name, text)
				}
			}
			commit(t, repository)
			args := []string{"-tree", tree, "-module", filepath.Join(dir, "checkout"), "-print", "none"}
			mustRegister(t, args...)
			mustRegister(t, args...) // what the first run changed is no reason to refuse
			mustRegister(t, "-tree", tree, "-undo")
			if status := git(t, repository, "status", "--porcelain"); status != "" {
				t.Errorf("git status after -undo:\n%s", status)
			}

			mustRegister(t, args...)
			commit(t, repository)
			edit(t, tree, "go.mod", "go 1.23.0\n", "go 1.23.0\n\n// a change\n")
			mustFail(t, "M "+filepath.Join(below, "go.mod"), args...)
			git(t, repository, "checkout", "-q", ".")
			edit(t, tree, "main.go", "func main", "// a change\nfunc main")
			mustFail(t, "main.go", args...)
			mustFail(t, "-allow-dirty", args...)
			mustRegister(t, append(args, "-allow-dirty")...)
		})
	}
}

// TestBrokenGit: if git can't say whether the tree has changes, nobody knows.
func TestBrokenGit(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	write(t, tree, ".git", "gitdir: nowhere\n")
	args := []string{"-tree", tree, "-module", filepath.Join(dir, "checkout")}
	mustFail(t, "-allow-dirty", args...)
	mustRegister(t, append(args, "-allow-dirty")...)
}
