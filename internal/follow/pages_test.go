//go:build guides && unix && go1.25

package follow_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/follow"
)

var onePage = flag.String("page", "", "follow this page only, as in docs/guides/publisher.md")

const root = "../.."

// TestPages follows each page that says what its commands need. Every guide does.
func TestPages(t *testing.T) {
	patterns := []string{"*.md", "docs/*.md", "docs/*/*.md"}
	if *onePage != "" {
		patterns = []string{*onePage}
	}
	for _, pattern := range patterns {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			name, _ := filepath.Rel(root, page)
			if wanted(t, name) {
				t.Run(strings.TrimSuffix(filepath.Base(name), ".md"), func(t *testing.T) { followPage(t, page) })
			}
		}
	}
}

// wanted reports whether a page is to be followed.
func wanted(t *testing.T, name string) bool {
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	says := strings.Contains(string(text), "\n"+follow.Needs+" ")
	if guide := filepath.Dir(name) == filepath.Join("docs", "guides"); guide && !says {
		t.Errorf("%s doesn't say %q", name, follow.Needs)
	}
	return says
}

func followPage(t *testing.T, page string) {
	whole, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	r := follow.Reader{Dir: t.TempDir(), Root: whole}
	if testing.Verbose() {
		r.Log = t.Output()
	}
	if err := r.Follow(t.Context(), page); err != nil {
		t.Error(err)
	}
}
