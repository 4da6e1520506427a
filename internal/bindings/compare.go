package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// apart are the files that each binding has for itself, by their paths in it.
var apart = []string{
	"go.mod",
	"go.sum",
	"modulecontext.go",      // what a module context is
	"modulecontext_test.go", // and how a test makes one
	"pbstest/permissions.go",
	"pbstest/version_test.go",
}

// header is what the go command, and those who read or count code, know a generated file by.
const header = "// Code generated from module/v3 by internal/bindings. DO NOT EDIT.\n\n"

// versions is everything in which the files of both bindings differ.
var versions = strings.NewReplacer(
	"prebid-server/v3", "prebid-server/v4",
	"uid2rtb/module/v3", "uid2rtb/module/v4",
	"Prebid Server v3.30.0", "Prebid Server v4.6.0",
	"Prebid Server v3", "Prebid Server v4",
)

// generate returns the files of one binding, by their paths in it, as the other one has them.
func generate(from string) (map[string][]byte, error) {
	files, err := read(from)
	for name, text := range files {
		if strings.HasSuffix(name, ".go") {
			text = []byte(header + string(text))
		}
		files[name] = []byte(versions.Replace(string(text)))
	}
	return files, err
}

// compare returns what is to be written below to, and nil for what is to be removed.
func compare(from, to string) (stale map[string][]byte, err error) {
	want, err := generate(from)
	if err != nil {
		return nil, err
	}
	have, err := read(to)
	if err != nil {
		return nil, err
	}
	stale = make(map[string][]byte)
	for name, text := range want {
		if old, exists := have[name]; !exists || !bytes.Equal(old, text) {
			stale[name] = text
		}
	}
	for name := range have {
		if _, wanted := want[name]; !wanted {
			stale[name] = nil
		}
	}
	return stale, nil
}

// read reads the files below a directory but for those apart.
func read(dir string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if slices.Contains(apart, name) {
			return nil
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	return files, err
}
