package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The bidder alone prices a request by what it has received, and says so.
func TestBidderAlone(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	read, write := io.Pipe()
	exited := make(chan int)
	go func() {
		status := run(ctx, []string{"-bidder", "127.0.0.1:0"}, write, io.Discard)
		write.Close()
		exited <- status
	}()
	lines := bufio.NewScanner(read)
	if !lines.Scan() {
		t.Fatal("it says nothing")
	}
	url, _, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "The bidder answers at "), "/NAME")
	if !ok {
		t.Fatalf("no address: %q", lines.Text())
	}
	said := make(chan string, 1)
	go func() {
		for lines.Scan() {
			said <- lines.Text()
		}
		close(said)
	}()
	for user, want := range map[string]string{
		`{"id": "A", "ext": {"uid2": {"status": "Success", "raw": "R", "opted_out": false}}}`: "bid, 1.80 USD",
		`{"id": "A", "ext": {"uid2": {"status": "UserOptedOut", "opted_out": true}}}`:         "no_bid, 0.00 USD",
		`{"id": "A"}`: "bid_unknown, 0.40 USD",
	} {
		body := `{"id": "1", "imp": [{"id": "1"}], "user": {"eids": [{"source": "uidapi.com", "uids": [` + user + `]}]}}`
		response, err := http.Post(url+"/thetradedesk", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if line := <-said; !strings.HasPrefix(line, "thetradedesk received ") || !strings.HasSuffix(line, want) {
			t.Errorf("%s: %q", user, line)
		}
	}
	stop()
	if status := <-exited; status != exitAsExpected {
		t.Errorf("exit status %d", status)
	}
}

func TestBidderAloneMistakes(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, c := range []struct {
		want string
		args []string
	}{
		{listener.Addr().String(), []string{"-bidder", listener.Addr().String()}},
		{"goes with none of", []string{"-bidder", "127.0.0.1:0", "-serve"}},
		{"goes with none of", []string{"-bidder", "127.0.0.1:0", "-requests", "x"}},
	} {
		if status, _, stderr := play(t, c.args...); status != exitNoStart || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit status %d: %s", c.args, status, stderr)
		}
	}
}
