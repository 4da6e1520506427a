//go:build go1.24

package uid2rtb_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/markdown"
)

// TestLinks: what the pages of the repository link to exists, and so do the headings there.
func TestLinks(t *testing.T) {
	pages := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (len(name) > 1 && name[0] == '.' || name == "node_modules" || name == "pbs-tree"):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".md"):
			return nil
		}
		pages++
		faults, err := markdown.Broken(path)
		for _, fault := range faults {
			t.Error(fault)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 20 {
		t.Errorf("only %d pages", pages)
	}
}
