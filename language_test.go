//go:build go1.24

package uid2rtb_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reviewed lists the directories whose comments follow the rules below, with everything under them
// except for unreviewed. Add directories, but don't remove any.
var reviewed = []string{
	"bidder-demo", "bidstream", "cmd/uid2", "codec", "dii", "fixtures", "identitymap", "internal", "keyset", "openrtb",
	"operator", "optout", "publisher", "sharing", "uid2test",
}

// unreviewed lists files and directories under reviewed that don't follow the rules yet. Remove
// them when they do.
var unreviewed = []string{
	"codec/ciphers.go", "codec/ciphers_other.go", "codec/ciphers_other_test.go", "codec/ciphers_test.go",
	"codec/wycheproof_test.go", "internal/asm", "internal/bindings", "internal/release", "optout/guard_linux_test.go",
	"optout/example_test.go", // docs/opt-outs.md quotes its comments
}

const (
	maxColumns = 100
	tab        = "    "
)

// unidiomatic matches wordings for which this repository uses the one of the standard library.
var unidiomatic = regexp.MustCompile(`\b(tells? whether|(un)?marshall(ed|ing)|by who\b|for who\b)`)

// TestComments: comments wrap at 100 columns and use the standard library's wording, and everything
// exported has a doc comment.
func TestComments(t *testing.T) {
	files := 0
	for _, dir := range reviewed {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			switch slash := filepath.ToSlash(path); {
			case err != nil:
				return err
			case slices.Contains(unreviewed, slash) || entry.Name() == "testdata":
				if entry.IsDir() {
					return fs.SkipDir
				}
			case strings.HasSuffix(slash, ".go"):
				files++
				checkComments(t, slash)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 400 {
		t.Errorf("only %d files were checked", files)
	}
	for _, path := range unreviewed {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%v: remove it from the list", err)
		}
	}
}

func checkComments(t *testing.T, path string) {
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, path, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	for _, group := range file.Comments {
		for _, comment := range withoutOutput(group.List) {
			at := positions.Position(comment.Pos())
			line := strings.ReplaceAll(strings.TrimRight(lines[at.Line-1], "\r"), "\t", tab)
			own := strings.HasPrefix(strings.TrimSpace(line), "// ") // not after code, and no directive
			if columns := len([]rune(line)); own && columns > maxColumns {
				t.Errorf("%v: a comment of %d columns", at, columns)
			}
			if found := unidiomatic.FindString(comment.Text); found != "" {
				t.Errorf("%v: %q", at, found)
			}
		}
	}
	if !strings.HasSuffix(path, "_test.go") {
		for _, declaration := range file.Decls {
			checkDoc(t, positions, declaration)
		}
	}
}

// withoutOutput omits what an example prints.
func withoutOutput(comments []*ast.Comment) []*ast.Comment {
	for i, comment := range comments {
		if strings.HasPrefix(comment.Text, "// Output:") || strings.HasPrefix(comment.Text, "// Unordered output:") {
			return comments[:i]
		}
	}
	return comments
}

// checkDoc checks that an exported declaration, or its group, has a doc comment.
func checkDoc(t *testing.T, positions *token.FileSet, declaration ast.Decl) {
	missing := func(name *ast.Ident) {
		t.Errorf("%v: %s has no doc comment", positions.Position(name.Pos()), name.Name)
	}
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && hasExportedReceiver(d) {
			missing(d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil && s.Name.IsExported() {
					missing(s.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil && s.Names[0].IsExported() {
					missing(s.Names[0])
				}
			}
		}
	}
}

// hasExportedReceiver reports whether a function isn't a method, or is one of an exported type.
func hasExportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}
