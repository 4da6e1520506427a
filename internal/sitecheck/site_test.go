package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.html": `<html><head><script src="/x/a.js" type="module"></script><link rel="canonical" href="https://example.com/">
			<link rel="stylesheet" href="https://example.com/a.css"><script>let a = '<a href="/none">'</script></head>
			<body><h1 id="top">T</h1><a href="#top">t</a><a href="#bottom">b</a><a href="/x/sub/b#b">b</a><a href="./sub/b.html#c">c</a>
			<a href="https://example.com/">e</a><a href="/sub/b">no base</a><img alt="" src="data:image/png;base64,AA=="><img src="i.png" alt="">
			<img alt="" srcset="/x/p.png 1x, //example.com/p.png 2x"><iframe src="http://example.com/"></iframe></body></html>`,
		"sub/b.html": `<a id="b" href="../">up</a><a href="/x/none">none</a>`,
		"a.js":       `const text = "https://example.com/"; fetch("/x/a"); import("./b.js")`,
		"b.js":       "fetch(`https://example.com/a`)",
		"a.css":      `a { background: url(//example.com/a.png) } b { background: url(data:image/png;base64,AA==) }`,
		"p.png":      "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := read(dir, "/x/")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`a.css: url(//example.com/a.png: asks another host`,
		"b.js: fetch(`https://example.com/a: asks another host",
		`index.html: <a href="#bottom">: the page has no such anchor`,
		`index.html: <a href="./sub/b.html#c">: the page has no such anchor`,
		`index.html: <a href="/sub/b">: not of this site`,
		`index.html: <iframe src="http://example.com/">: asks another host`,
		`index.html: <img src="i.png">: there is no such page`,
		`index.html: <img srcset="//example.com/p.png">: asks another host`,
		`index.html: <link href="https://example.com/a.css">: asks another host`,
		`sub/b.html: <a href="/x/none">: there is no such page`,
	}
	if got := s.faults(); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if _, err := read(t.TempDir(), "/"); err == nil {
		t.Error("an empty site is in order")
	}
}
