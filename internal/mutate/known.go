package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// knownFile is the file in which a package lists the changes that no test notices, see the package
// comment.
const knownFile = "testdata/unnoticed.txt"

// known is the content of a knownFile.
type known struct {
	least   float64           // percentage of the changes that must be noticed
	reasons map[string]string // by the change's name
	names   []string          // in the file's order
}

var reasonKinds = []string{"equal in effect", "wording", "speed"}

// readKnown reads a package's list, which need not exist.
func readKnown(dir string) (*known, error) {
	k := &known{reasons: make(map[string]string)}
	data, err := os.ReadFile(filepath.Join(dir, knownFile))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	return k, k.parse(string(data))
}

func (k *known) parse(text string) error {
	var name string
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\n")
		content := strings.TrimSpace(line)
		var err error
		switch {
		case content == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "least "):
			k.least, err = strconv.ParseFloat(strings.TrimPrefix(line, "least "), 64)
		case content != line:
			err = k.explain(name, content)
		case k.reasons[line] != "":
			err = errors.New("listed twice")
		default:
			name = line
			k.names = append(k.names, name)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", knownFile, number, err)
		}
	}
	for _, name := range k.names {
		if k.reasons[name] == "" {
			return fmt.Errorf("%s: no reason for %s", knownFile, name)
		}
	}
	return nil
}

// explain adds a line to the reason for a change.
func (k *known) explain(name, line string) error {
	if name == "" {
		return errors.New("a reason without a change")
	}
	if before := k.reasons[name]; before != "" {
		k.reasons[name] = before + " " + line
		return nil
	}
	k.reasons[name] = line
	for _, kind := range reasonKinds {
		if strings.HasPrefix(line, kind) {
			return nil
		}
	}
	return fmt.Errorf("a reason must start with one of: %s", strings.Join(reasonKinds, ", "))
}

// of returns the part of the list for some files, or all of it if none is named.
func (k *known) of(files []string) *known {
	if len(files) == 0 {
		return k
	}
	part := &known{least: k.least, reasons: k.reasons}
	for _, name := range k.names {
		if file, _, _ := strings.Cut(name, ".go"); slices.Contains(files, file+".go") {
			part.names = append(part.names, name)
		}
	}
	return part
}

// check returns what is wrong with the list; all are the existing changes, of which some were
// tried.
func (k *known) check(all, tried []*Change) []string {
	exists, noticed := make(map[string]bool), make(map[string]string)
	for _, c := range all {
		exists[c.Name] = true
	}
	for _, c := range tried {
		if c.noticed() {
			noticed[c.Name] = strings.TrimSpace(string(c.Result) + " " + c.NoticedBy)
		}
	}
	var faults []string
	for _, name := range k.names {
		switch {
		case !exists[name]:
			faults = append(faults, "listed, but there is no such change: "+name)
		case noticed[name] != "":
			faults = append(faults, "listed, but noticed ("+noticed[name]+"): "+name)
		}
	}
	return faults
}
