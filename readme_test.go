//go:build go1.24

package uid2rtb_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
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

// TestBidderProgram builds the bidder of docs/bidder.md and runs it before a local operator, with a user who has opted out, one who
// hasn't, and a token that is none.
func TestBidderProgram(t *testing.T) {
	server := uid2test.NewServer()
	t.Cleanup(server.Close)
	in, out := uid2test.TokenSpec{Email: "in@example.com"}, uid2test.TokenSpec{Email: "out@example.com"}
	dir := t.TempDir()
	keepOptOut(t, filepath.Join(dir, "optouts.db"), server, out)
	url := runProgram(t, dir, server)

	request := `{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"` + server.Token(out) + `"},{"id":"nonsense"},{"id":"` + server.Token(in) + `"}]}]}}`
	want := "200 don't bid: opted out UserOptedOut\ndon't bid: unusable VersionNotSupported\nbid on " + server.RawUID(in).Reveal() + "\n"
	if got := answer(t, url, request); got != want {
		t.Errorf("answers\n%s\nwant\n%s", got, want)
	}
	if got := answer(t, url, request[1:]); !strings.HasPrefix(got, "400 ") {
		t.Errorf("answers %s to what isn't JSON", got)
	}
}

// runProgram builds the page's program, and runs it in dir until the test ends. It returns when the program answers.
func runProgram(t *testing.T, dir string, server *uid2test.Server) (url string) {
	t.Helper()
	blocks := goBlocks(t, "docs/bidder.md")
	at := slices.IndexFunc(blocks, func(block string) bool { return strings.HasPrefix(block, "package main\n") })
	if at < 0 {
		t.Fatal("no program")
	}
	if lines := strings.Count(blocks[at], "\n"); lines > 40 {
		t.Errorf("the program has %d lines", lines)
	}
	binary := filepath.Join(dir, "bidder")
	if out, err := exec.Command("go", "build", "-o", binary, written(t, blocks[at])).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close() // the program listens there now
	program := exec.Command(binary)
	program.Dir = dir
	program.Env = append(os.Environ(), "UID2_BASE_URL="+server.URL, "UID2_API_KEY="+server.Client().APIKey,
		"UID2_CLIENT_SECRET="+server.Client().ClientSecret, "BIDDER_ADDR="+addr)
	var complaints bytes.Buffer
	program.Stderr = &complaints
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		program.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		program.Process.Kill()
		<-ended
	})
	for {
		connection, err := net.Dial("tcp", addr)
		if err == nil {
			connection.Close()
			return "http://" + addr
		}
		select {
		case <-ended:
			t.Fatalf("it has ended: %s", &complaints)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// answer is the status and the text of an answer.
func answer(t *testing.T, url, request string) string {
	t.Helper()
	response, err := http.Post(url, "application/json", strings.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, text)
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
