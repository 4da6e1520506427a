package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestInspectServe asks the page of a running process about a raw UID.
func TestInspectServe(t *testing.T) {
	p := start(t, nil, "inspect", "-serve", "-listen", "127.0.0.1:0")
	url := strings.TrimSpace(after(t, p.lines, "Look at it: "))
	page := get(t, url)
	if !strings.Contains(page, "<title>uid2rtb</title>") {
		t.Errorf("not the page: %.200s", page)
	}
	answer, err := http.Post(url+"api/inspect", "application/json", strings.NewReader(`{"text": "`+strings.Repeat("A", 43)+`="}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(body), `"kind":"raw_uid"`) {
		t.Errorf("%v, %s", err, body)
	}
	p.terminate(t)
}

// TestInspectServeNeedsToken: where others reach it, the page asks for a token.
func TestInspectServeNeedsToken(t *testing.T) {
	p := start(t, nil, "inspect", "-serve", "-listen", "0.0.0.0:0")
	if err := p.Wait(); err == nil {
		t.Error("it is served to everybody")
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
