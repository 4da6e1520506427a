package main

import (
	"context"
	"os"
	"strings"
)

// writePatch writes what registering changed in the tree, but for the record, in git's form.
func (t *tree) writePatch(ctx context.Context, file string) error {
	dir, err := os.MkdirTemp("", "uid2rtb-patch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	now, err := t.snapshot()
	if err != nil {
		return err
	}
	delete(now, recordFile)
	r, err := t.record()
	if err != nil {
		return err
	}
	was := snapshot{}
	for _, name := range changedFiles {
		text, err := r.before(name)
		if err != nil {
			return err
		}
		if text != nil {
			was[name] = text
		}
	}
	patch, err := difference(ctx, dir, was, now)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(patch), 0o644)
}

// difference lets git compare two states of some files, in a repository in the empty directory dir.
func difference(ctx context.Context, dir string, was, now snapshot) (string, error) {
	scratch := &tree{dir: dir}
	if _, err := scratch.git(ctx, "init", "-q"); err != nil {
		return "", err
	}
	var states []string
	for _, files := range []snapshot{was, now} {
		for name, text := range files {
			if err := scratch.write(name, text); err != nil {
				return "", err
			}
		}
		if _, err := scratch.git(ctx, "-c", "core.autocrlf=false", "add", "--all", "--force"); err != nil {
			return "", err
		}
		state, err := scratch.git(ctx, "write-tree")
		if err != nil {
			return "", err
		}
		states = append(states, strings.TrimSpace(state))
	}
	return scratch.git(ctx, "diff-tree", "-p", "--full-index", "--no-renames", states[0], states[1])
}
