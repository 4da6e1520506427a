package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// files remembers the contents of some files of a tree; nil is a file that did not exist.
type files struct {
	root  string
	names []string
	texts [][]byte
}

func readFiles(root string, names ...string) (*files, error) {
	f := &files{root: root, names: names}
	for _, name := range names {
		text, err := readIfThere(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		f.texts = append(f.texts, text)
	}
	return f, nil
}

// restore brings the files back. Directories that were made for new files go as far as they are empty.
func (f *files) restore() error {
	var errs []error
	for i, name := range f.names {
		path := filepath.Join(f.root, name)
		if f.texts[i] != nil {
			errs = append(errs, os.WriteFile(path, f.texts[i], 0o644))
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		for dir := filepath.Dir(path); dir != f.root && os.Remove(dir) == nil; {
			dir = filepath.Dir(dir)
		}
	}
	return errors.Join(errs...)
}

// report says of each file what became of it.
func (f *files) report(c *console) error {
	for i, name := range f.names {
		text, err := readIfThere(filepath.Join(f.root, name))
		if err != nil {
			return err
		}
		switch {
		case bytes.Equal(text, f.texts[i]):
			c.say("unchanged  %s", name)
		case f.texts[i] == nil:
			c.say("written    %s", name)
		default:
			c.say("changed    %s", name)
		}
	}
	return nil
}

// shimIsOurs refuses to overwrite a module of somebody else.
func shimIsOurs(path string) error {
	text, err := readIfThere(path)
	if err != nil {
		return err
	}
	if text != nil && !strings.Contains(string(text), `"`+bindingPath+`"`) {
		return fmt.Errorf("%s exists and is not from here; remove it first", path)
	}
	return nil
}

// readIfThere returns nil without an error for a file that does not exist.
func readIfThere(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
