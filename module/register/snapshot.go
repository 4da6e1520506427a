package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/plural"
)

// changedFiles are the tree's own files that registering changes. All others that it writes are in
// ownDirs.
var (
	changedFiles = []string{"go.mod", "go.sum", builderFile}
	ownDirs      = []string{moduleDir, vendorDir}
)

// snapshot holds all files that registering may touch, by name; those that don't exist are missing.
type snapshot map[string][]byte

func (t *tree) snapshot() (snapshot, error) {
	s := snapshot{}
	for _, name := range changedFiles {
		text, err := readIfThere(t.path(name))
		if err != nil {
			return nil, err
		}
		if text != nil {
			s[name] = text
		}
	}
	for _, dir := range ownDirs {
		if err := s.add(t, dir); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add takes in the files below a directory.
func (s snapshot) add(t *tree, dir string) error {
	return filepath.WalkDir(t.path(dir), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(t.dir, path)
		if err != nil {
			return err
		}
		s[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
}

// restore makes the tree's files those of s.
func (t *tree) restore(s snapshot) error {
	now, err := t.snapshot()
	if err != nil {
		return err
	}
	var errs []error
	for name := range now {
		if _, there := s[name]; !there {
			errs = append(errs, t.remove(name))
		}
	}
	for name, text := range s {
		if was, there := now[name]; !there || !bytes.Equal(was, text) {
			errs = append(errs, t.write(name, text))
		}
	}
	return errors.Join(errs...)
}

func (t *tree) write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(t.path(name)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(t.path(name), text, 0o644)
}

// remove removes a file, if it is there, or a directory with all that it holds, and the directories
// around it as far as they are empty then.
func (t *tree) remove(name string) error {
	if err := os.RemoveAll(t.path(name)); err != nil {
		return err
	}
	for dir := filepath.Dir(t.path(name)); dir != t.dir && os.Remove(dir) == nil; {
		dir = filepath.Dir(dir)
	}
	return nil
}

// report says what became of each file; of those in vendorDir, which are many, how many changed.
func report(c *console, before, now snapshot) {
	names := slices.Sorted(maps.Keys(mergedKeys(before, now)))
	copied := 0
	for _, name := range names {
		was, is := before[name], now[name]
		what := "unchanged "
		switch {
		case was == nil && is != nil:
			what = "written   "
		case was != nil && is == nil:
			what = "removed   "
		case !bytes.Equal(was, is):
			what = "changed   "
		}
		if !strings.HasPrefix(name, vendorDir+"/") {
			c.say("%s %s", what, name)
		} else if !bytes.Equal(was, is) {
			copied++
		}
	}
	if copied > 0 {
		c.say("changed    %s in %s", plural.Count(copied, "file"), vendorDir)
	}
}

func mergedKeys(a, b snapshot) snapshot {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
