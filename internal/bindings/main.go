// Command bindings writes the binding to Prebid Server v4, module/v4, from the one to v3. Between the two versions the code of a
// binding differs in its import paths and in little else, and that is in a few files that each binding has for itself.
//
//	go generate ./module/v4
//
// writes what is out of date and removes what module/v3 doesn't have any more. A test fails while there is something to do.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	// go generate runs this in module/v4.
	if err := update("../v3", "."); err != nil {
		fmt.Fprintln(os.Stderr, "bindings:", err)
		os.Exit(1)
	}
}

// update brings the files below to into line with those below from.
func update(from, to string) error {
	stale, err := compare(from, to)
	if err != nil {
		return err
	}
	for name, text := range stale {
		path := filepath.Join(to, filepath.FromSlash(name))
		if text == nil {
			err = remove(path)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remove removes a file that was generated, and no other.
func remove(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(text, []byte(header)) {
		return fmt.Errorf("module/v3 doesn't have %s, which isn't generated", path)
	}
	return os.Remove(path)
}
