package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestServe does what the program suggests to its user: the curl line.
func TestServe(t *testing.T) {
	addr := freeAddr(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	read, write, err := os.Pipe() // it buffers some lines while nobody reads
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	exited := make(chan int)
	go func() {
		status := run(ctx, []string{"-serve", "-addr", addr}, write, io.Discard)
		write.Close()
		exited <- status
	}()
	lines := bufio.NewScanner(read)

	file, url := "", ""
	for url == "" && lines.Scan() {
		if command, found := strings.CutPrefix(strings.TrimSpace(lines.Text()), "curl -s -d @"); found {
			file, url, _ = strings.Cut(command, " ")
		}
	}
	if url != "http://"+addr+"/openrtb2/auction" {
		t.Fatalf("no curl line, or a wrong one: %q", url)
	}
	if !lines.Scan() { // the empty line below
		t.Fatal("the output ends early")
	}
	answer := post(t, url, file)
	if !strings.Contains(answer, `"seat":"demodsp"`) {
		t.Errorf("no bid in %s", answer)
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), " received [UID2 v4 Success]: bid, 4.20 USD") {
		t.Errorf("the bidder's line: %q", lines.Text())
	}
	stop()
	for lines.Scan() {
	}
	if status := <-exited; status != exitAsExpected {
		t.Errorf("exit status %d", status)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", file, err)
	}
}

func TestServeForAWhile(t *testing.T) {
	status, stdout, stderr := play(t, "-json", "-serve", "-serve-for", "50ms", "-addr", freeAddr(t))
	if status != exitAsExpected || strings.Contains(stdout, "curl") || !strings.Contains(stderr, "50ms are over") {
		t.Errorf("exit status %d\n%s", status, stderr)
	}
}

func TestServeOnATakenPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	if status, _, stderr := play(t, "-serve", "-addr", addr); status != exitNoStart || !strings.Contains(stderr, addr) || !strings.Contains(stderr, "choose another address with -addr") {
		t.Errorf("exit status %d\n%s", status, stderr)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func post(t *testing.T, url, file string) string {
	t.Helper()
	request, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer request.Close()
	response, err := http.Post(url, "application/json", request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
