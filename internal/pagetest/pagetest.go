// Package pagetest holds parts of the docs' pages to the code that they are written from. A part
// stands between two comments, the first of which names it:
//
//	<!-- statuses: written by go generate ./internal/pagetest -->
//	<!-- end -->
//
// It is for tests, which have the flag -write then.
package pagetest

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

//go:generate go test -count=1 -run ^TestReference ../../codec ../../bidder ../../openrtb ../../module/annotator ../../cmd/uid2 -args -write

var write = flag.Bool("write", false, "write the parts of the docs that the tests hold")

// Hold fails the test unless a part of a page is a text; or writes it, with -write.
func Hold(t testing.TB, page, name, text string) {
	t.Helper()
	whole, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	mark := "<!-- " + name + ": written by go generate ./internal/pagetest -->\n"
	before, rest, begun := strings.Cut(string(whole), mark)
	part, after, ended := strings.Cut(rest, "<!-- end -->\n")
	switch want := "\n" + text + "\n"; {
	case !begun || !ended:
		t.Fatalf("%s has no part %s", page, name)
	case *write:
		if err := os.WriteFile(page, []byte(before+mark+want+"<!-- end -->\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case part != want:
		t.Errorf("%s: the part %s is\n%s\nand the code says\n%s\nRun go generate ./internal/pagetest.", page, name, part, want)
	}
}

// Table writes a table. Cells may hold Markdown.
func Table(header []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(header)
	b.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// Comments returns what the source in a directory says of its constants, and of the fields of its
// structs as in "Annotation.Raw", each in one line.
func Comments(t testing.TB, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	comments := make(map[string]string)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if group, ok := declaration.(*ast.GenDecl); ok {
				commentsOf(group, comments)
			}
		}
	}
	return comments
}

func commentsOf(group *ast.GenDecl, comments map[string]string) {
	for _, spec := range group.Specs {
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				comments[name.Name] = said(name.Name, spec.Doc, spec.Comment)
			}
		case *ast.TypeSpec:
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range fields.Fields.List {
					for _, name := range field.Names {
						comments[spec.Name.Name+"."+name.Name] = said(name.Name, field.Doc, field.Comment)
					}
				}
			}
		}
	}
}

var docLink = regexp.MustCompile(`\[([A-Za-z][\w.]*)\]((?:\.\w+)*)`)

// said is a comment in one line, without the name of what it is about.
func said(name string, groups ...*ast.CommentGroup) string {
	var b strings.Builder
	for _, group := range groups {
		b.WriteString(strings.ReplaceAll(group.Text(), "\n", " "))
	}
	text := docLink.ReplaceAllString(strings.TrimSpace(b.String()), "`$1$2`")
	for _, prefix := range []string{name + ": ", fmt.Sprintf("%s is ", name), name + " "} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			return rest
		}
	}
	return text
}

// Section returns what stands under a heading of a page, up to the next one of its level or a
// higher one.
func Section(t testing.TB, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^(#+) ` + regexp.QuoteMeta(heading) + "\n").FindStringSubmatchIndex(string(text))
	if found == nil {
		t.Fatalf("%s has no section %q", page, heading)
	}
	section, level := string(text)[found[1]:], found[3]-found[2]
	if next := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, level)).FindStringIndex(section); next != nil {
		section = section[:next[0]]
	}
	return section
}
