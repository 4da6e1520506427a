package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// clean refuses a tree with uncommitted changes other than those of an earlier registration. A tree
// that git doesn't know is taken as it is.
func (t *tree) clean(ctx context.Context) error {
	if !t.inGit(ctx) {
		if _, err := os.Stat(t.path(".git")); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	output, err := t.git(ctx, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ".")
	if err != nil {
		return advice.Wrap("it isn't known whether the tree has uncommitted changes", err, "mend the repository, or insist with -allow-dirty")
	}
	prefix, err := t.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return err
	}
	var dirty []string
	for _, entry := range strings.Split(output, "\x00") {
		if len(entry) < 4 {
			continue
		}
		if mine, err := t.isMine(strings.TrimPrefix(entry[3:], strings.TrimSpace(prefix))); err != nil {
			return err
		} else if !mine {
			dirty = append(dirty, entry)
		}
	}
	if len(dirty) == 0 {
		return nil
	}
	return advice.New(t.dir+" has uncommitted changes", listed(dirty), "commit or stash them, so that git diff shows what is done here; or insist with -allow-dirty")
}

// mostListed is how many of many things an error names.
const mostListed = 10

// listed names the first ones of many.
func listed(all []string) string {
	if left := len(all) - mostListed; left > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(all[:mostListed], ", "), left)
	}
	return strings.Join(all, ", ")
}

// isMine reports whether a changed file is as an earlier registration left it.
func (t *tree) isMine(name string) (bool, error) {
	if slices.ContainsFunc(ownDirs, func(dir string) bool { return strings.HasPrefix(name, dir+"/") }) {
		return true, nil
	}
	r, err := t.record()
	if err != nil || r == nil {
		return false, err
	}
	now, err := readIfThere(t.path(name))
	switch name {
	case "go.mod":
		return string(now) == r.GoMod, err
	case builderFile:
		return string(now) == r.Builder, err
	case "go.sum":
		return true, nil // it follows from go.mod
	}
	return false, nil
}

// inGit reports whether git keeps the tree.
func (t *tree) inGit(ctx context.Context) bool {
	_, err := t.git(ctx, "ls-files", "--error-unmatch", "go.mod")
	return err == nil
}

// git runs git in the tree and returns what it prints.
func (t *tree) git(ctx context.Context, args ...string) (string, error) {
	var output, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.dir, &output, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", args[0], err, strings.TrimSpace(complaints.String()))
	}
	return output.String(), nil
}
