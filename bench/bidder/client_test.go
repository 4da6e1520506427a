package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/advice/advicetest"
)

// answering serves what answer makes of each body, one after the other on a connection.
func answering(t *testing.T, answer func(body string) string) *bidder {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return
					}
					fmt.Fprint(conn, answer(string(body)))
				}
			}()
		}
	}()
	b := &bidder{address: listener.Addr().String()}
	if err := b.connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range b.clients {
			c.close()
		}
	})
	return b
}

func ok(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\ncontent-length: %d\r\nX: y\r\n\r\n%s", len(body), body)
}

func marketOf(bodies ...string) *market {
	m := new(market)
	for _, body := range bodies {
		m.requests = append(m.requests, request{message: messageOf([]byte(body))})
	}
	return m
}

// TestDue: who stalls on one request doesn't make those after it come late, and their time counts
// from when they were due.
func TestDue(t *testing.T) {
	const stall, rate = 400 * time.Millisecond, 100
	b := answering(t, func(body string) string {
		if body == "first" {
			time.Sleep(stall)
		}
		return ok(body)
	})
	m := marketOf("first")
	b.answers = append(b.answers, []byte("first"))
	for range 99 {
		m.requests = append(m.requests, request{message: messageOf([]byte("x"))})
		b.answers = append(b.answers, []byte("x"))
	}
	took, err := b.load(t.Context(), m, rate, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(took) != 51 { // whatever was late
		t.Errorf("%d answers", len(took))
	}
	// The second request of the connection that stalls is due after 160 ms, the third after 320.
	for i, least := range []time.Duration{stall, 240 * time.Millisecond, 80 * time.Millisecond} {
		if took[len(took)-1-i] < least {
			t.Errorf("the slowest but %d took %v", i, took[len(took)-1-i])
		}
	}
}

// TestOtherAnswer: an answer that isn't the one from before ends the measurement.
func TestOtherAnswer(t *testing.T) {
	b := answering(t, ok)
	b.answers = [][]byte{[]byte("y")}
	if _, err := b.load(t.Context(), marketOf("x"), 0, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "another answer") {
		t.Error(err)
	}
	for _, text := range []string{"", "HTTP/1.1\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"} {
		client := client{conn: nowhere{}, in: bufio.NewReader(strings.NewReader(text))}
		if _, _, err := client.ask(nil); err == nil {
			t.Errorf("%q is an answer", text)
		}
	}
}

// nowhere is a connection that takes everything.
type nowhere struct{ net.Conn }

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

func TestOptions(t *testing.T) {
	if o, err := parseOptions([]string{"-quick", "-java=false"}, io.Discard); err != nil || o.effort != quick || o.java {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{"extra"}, {"-unknown"}, {"-java=x"}} {
		mustAdvise(t, args, "bidder -h")
	}
	t.Setenv("PATH", t.TempDir()) // without any tool
	if o, err := parseOptions(nil, io.Discard); err != nil || o.java || o.effort != normal {
		t.Errorf("%+v, %v", o, err)
	}
	mustAdvise(t, []string{"-java"}, installJava)
	if !slices.Equal(missingTools(), javaTools) {
		t.Error(missingTools())
	}
}

// mustAdvise wants an error about args that says what to do.
func mustAdvise(t *testing.T, args []string, do string) {
	t.Helper()
	_, err := parseOptions(args, io.Discard)
	if err == nil {
		t.Errorf("%v: no error", args)
		return
	}
	var text strings.Builder
	if writeError(&text, err); !advicetest.IsError("bidder", text.String()) || !strings.Contains(text.String(), do) {
		t.Errorf("%v: another form, or no %q:\n%s", args, do, &text)
	}
}
