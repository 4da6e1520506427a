//go:build go1.24

package markdown_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/markdown"
)

const page = `# Title, of ~a~ page

See [a](a.md#x-1), ![p](p.png "P") and ~[no](no.md)~.
<!-- wait: x -->

## X

~~~sh title=a
# Not a heading, [no](no.md)
~~~

- item

  ~~~go
  	func()
    x
  ~~~

## X
You need ~go~
and ~git~.

You need nothing.
`

func text() string { return strings.ReplaceAll(page, "~", "`") }

func TestItems(t *testing.T) {
	want := []markdown.Item{
		{Line: 4, Comment: "wait: x"},
		{Line: 8, Block: markdown.Block{Line: 8, Heading: "X", Language: "sh", Info: "title=a", Text: "# Not a heading, [no](no.md)\n"}},
		{Line: 14, Block: markdown.Block{Line: 14, Heading: "X", Language: "go", Text: "\tfunc()\n  x\n"}},
	}
	if got := markdown.Items(text()); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if got := markdown.In(markdown.Under(markdown.Blocks(text()), "X"), "go"); len(got) != 1 || got[0] != want[2].Block.Text {
		t.Errorf("got %q", got)
	}
	if got := markdown.Paragraph(text(), "You need"); got != "You need `go`\nand `git`." {
		t.Errorf("got %q", got)
	}
}

func TestAnchors(t *testing.T) {
	if got, want := markdown.Anchors(text()), map[string]bool{"title-of-a-page": true, "x": true, "x-1": true}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	for heading, want := range map[string]string{
		"Operators: `uid2`, `euid`":   "operators-uid2-euid",
		"POST /annotate":              "post-annotate",
		"A [link](x.md) to it":        "a-link-to-it",
		"`opt_outs.poll` – it's here": "opt_outspoll--its-here",
	} {
		if got := markdown.Anchor(heading); got != want {
			t.Errorf("%s gives %s, want %s", heading, got, want)
		}
	}
}

func TestBroken(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.md": "[x](b.md) [x](b.md#there) [x](b.md#nowhere) [x](c.md) [x](#there) <img alt=\"\" src=\"d.png\">\n[x](https://example.com/b.md#x) [x](.) [x](/y)\n\n[n]: e.md\n",
		"b.md": "# There\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	faults, err := markdown.Broken(filepath.Join(dir, "a.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		":1: b.md#nowhere: the page has no such heading", ":1: c.md: there is no such file",
		":1: #there: the page has no such heading", ":1: d.png: there is no such file", ":4: e.md: there is no such file",
	}
	for i, fault := range faults {
		faults[i] = strings.TrimPrefix(fault, filepath.Join(dir, "a.md"))
	}
	if !reflect.DeepEqual(faults, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(faults, "\n"), strings.Join(want, "\n"))
	}
}
