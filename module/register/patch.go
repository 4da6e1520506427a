package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	for side, files := range map[string]snapshot{"a": was, "b": now} {
		if err := files.writeTo(filepath.Join(dir, side)); err != nil {
			return err
		}
	}
	patch, err := difference(ctx, dir)
	if err != nil {
		return err
	}
	return os.WriteFile(file, patch, 0o644)
}

// writeTo lays the files out in a directory.
func (s snapshot) writeTo(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	out := &tree{dir: dir}
	for name, text := range s {
		if err := out.write(name, text); err != nil {
			return err
		}
	}
	return nil
}

// difference compares the directories a and b of dir.
func difference(ctx context.Context, dir string) ([]byte, error) {
	var output, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", "diff", "--no-index", "--no-prefix", "--no-color", "--no-renames", "--no-ext-diff", "a", "b")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &output, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil // there are differences
	}
	if err != nil {
		return nil, fmt.Errorf("git diff: %w\n%s", err, &complaints)
	}
	return output.Bytes(), nil
}
