//go:build go1.24

package uid2rtb_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// goBlocks are the blocks of Go in a page.
func goBlocks(t *testing.T, page string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "```go\n")[1:] {
		block, _, closed := strings.Cut(part, "```")
		if !closed {
			t.Fatalf("%s: a block without an end", page)
		}
		blocks = append(blocks, block)
	}
	return blocks
}

func isFile(block string) bool { return strings.HasPrefix(block, "package ") }

// TestGoInDocs: each block of Go in the README and the docs is a file that compiles, or stands word for word in a test that is
// compiled and run.
func TestGoInDocs(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testLines(t)
	count := 0
	for _, page := range append(pages, "README.md") {
		for i, block := range goBlocks(t, page) {
			count++
			if isFile(block) {
				vet(t, page, block)
			} else if !strings.Contains(tests, dedented(block)) {
				t.Errorf("%s, block %d is in no test:\n%s", page, i+1, block)
			}
		}
	}
	if count < 4 {
		t.Errorf("only %d blocks", count)
	}
}

// testLines are the lines of all Examples' files, without their indentation: a block may stand in a function there.
func testLines(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*/example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(dedented(string(text)))
	}
	return all.String()
}

func dedented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t"))
	}
	return b.String()
}

func written(t *testing.T, block string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.go")
	if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func vet(t *testing.T, page, block string) {
	t.Helper()
	c := exec.Command("go", "vet", written(t, block))
	c.Dir = "bidder-demo" // a module that has all that the docs show, Prebid Server's binding among it
	c.Env = append(os.Environ(), "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s\n%s", page, err, out, block)
	}
}

// TestREADMEProgram builds the README's bidder and runs it before a local operator, with a user who has opted out, one who
// hasn't, and a token that is none.
func TestREADMEProgram(t *testing.T) {
	blocks := goBlocks(t, "README.md")
	at := slices.IndexFunc(blocks, func(block string) bool { return strings.HasPrefix(block, "package main\n") })
	if at < 0 {
		t.Fatal("no program")
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "bidder")
	if out, err := exec.Command("go", "build", "-o", binary, written(t, blocks[at])).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := uid2test.NewServer()
	t.Cleanup(server.Close)
	in, out := uid2test.TokenSpec{Email: "in@example.com"}, uid2test.TokenSpec{Email: "out@example.com"}
	keepOptOut(t, filepath.Join(dir, "optouts.db"), server, out)

	bidder := exec.Command(binary)
	bidder.Dir = dir
	bidder.Env = append(os.Environ(), "UID2_BASE_URL="+server.URL, "UID2_API_KEY="+server.Client().APIKey, "UID2_CLIENT_SECRET="+server.Client().ClientSecret)
	bidder.Stdin = strings.NewReader(server.Token(out) + "\nnonsense\n" + server.Token(in) + "\n")
	var printed, complaints bytes.Buffer
	bidder.Stdout, bidder.Stderr = &printed, &complaints
	if err := bidder.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &complaints)
	}
	want := "don't bid: [UserOptedOut, opt-out: opted out]\ndon't bid: [VersionNotSupported, opt-out: unknown]\n" +
		"bid on " + server.RawUID(in).Reveal() + "\n"
	if printed.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", &printed, want)
	}
}

// keepOptOut makes a store with one user who has opted out.
func keepOptOut(t *testing.T, path string, server *uid2test.Server, user uid2test.TokenSpec) {
	t.Helper()
	file, err := optout.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	store := optout.Open(file)
	if err := store.WaitSynced(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Record(t.Context(), server.RawUID(user), time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}
