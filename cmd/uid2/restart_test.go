package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// asProgram, in the environment, makes this test binary the program.
const asProgram = "UID2_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is the program, running in a process of its own.
type process struct {
	*exec.Cmd
	lines chan string // of its output
}

// start starts the program. A socket that isn't nil is passed on as systemd does it.
func start(t *testing.T, socket *os.File, args ...string) *process {
	t.Helper()
	p := &process{exec.Command(os.Args[0], args...), make(chan string, 16)}
	if socket != nil {
		p.Cmd = exec.Command("/bin/sh", append([]string{"-c", `LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0]}, args...)...)
		p.ExtraFiles = []*os.File{socket}
	}
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	return p
}

// terminate stops the program as systemd does; it must end in time.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
}

// TestSIGTERM: the program ends properly even if clients never read, never send, or send a byte at
// a time.
func TestSIGTERM(t *testing.T) {
	p := start(t, nil, "optout", "serve", "-listen", "127.0.0.1:0", "-store", filepath.Join(t.TempDir(), "optouts.db"), "-unauthenticated", "-metrics", "127.0.0.1:0")
	addr, metrics := after(t, p.lines, "listening at "), after(t, p.lines, "metrics at ")
	metrics = strings.TrimSuffix(strings.TrimPrefix(metrics, "http://"), "/metrics")
	for range 10 {
		dialed(t, addr) // silent
		go trickle(dialed(t, addr), "GET /?uid2=x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
		slow := dialed(t, addr)
		io.WriteString(slow, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
		go trickle(slow, "y")
	}
	for _, to := range []string{addr, addr, metrics, metrics} {
		neverRead(dialed(t, to))
	}
	p.terminate(t)
}

// neverRead sends requests and reads nothing, until the server can't write its answers and accepts
// no more requests.
func neverRead(conn net.Conn) {
	conn.(*net.TCPConn).SetReadBuffer(1)
	requests := []byte(strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 1000))
	for {
		conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		if _, err := conn.Write(requests); err != nil {
			return
		}
	}
}

func dialed(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// trickle keeps writing text, a byte at a time, until the connection is closed.
func trickle(conn net.Conn, text string) {
	for i := 0; ; i++ {
		if _, err := conn.Write([]byte{text[i%len(text)]}); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// documentedService returns the systemd command that docs/opt-outs.md shows, with other files.
func documentedService(t *testing.T, store, token string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/opt-outs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, command, _ := strings.Cut(string(page), "\nExecStart=/usr/local/bin/uid2 ")
	command, _, _ = strings.Cut(command, "\n")
	return strings.Fields(strings.NewReplacer("/var/lib/uid2/optouts.db", store, "/etc/uid2/token", token).Replace(command))
}

// TestRestartsUnderLoad: with a socket that outlives the process, no request is refused or lost,
// however often it is restarted, and each acknowledged opt-out is stored.
func TestRestartsUnderLoad(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	addr := listener.Addr().String()
	listener.Close() // the socket stays open
	store := filepath.Join(t.TempDir(), "optouts.db")
	args := documentedService(t, store, write(t, "t0ken\n"))
	p := start(t, socket, args...)
	after(t, p.lines, "listening at "+addr)

	var sending sync.WaitGroup
	var ended atomic.Bool
	var sent, unavailable atomic.Int64
	acknowledged := make(chan string, 1<<20)
	for sender := range uint32(4) {
		sending.Go(func() {
			for n := uint32(0); !ended.Load(); n++ {
				raw := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 24, 32), sender+1), n)
				id := base64.StdEncoding.EncodeToString(raw)
				sent.Add(1)
				switch status, err := freshRequest(addr, id); {
				case err != nil:
					t.Errorf("lost: %v", err)
				case status == 200:
					acknowledged <- id
				case status == 503:
					unavailable.Add(1)
				default:
					t.Errorf("answered %d", status)
				}
			}
		})
	}
	for range 5 {
		for before := len(acknowledged); len(acknowledged) < before+50 && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		p.terminate(t)
		p = start(t, socket, args...)
		after(t, p.lines, "listening at "+addr)
	}
	ended.Store(true)
	sending.Wait()
	p.terminate(t)
	close(acknowledged)
	t.Logf("%d sent, %d acknowledged, %d answered 503", sent.Load(), len(acknowledged), unavailable.Load())
	kept := ok(t, "", "optout", "export", "-store", store)
	for id := range acknowledged {
		if !strings.Contains(kept, id+",") {
			t.Fatal("an acknowledged opt-out isn't kept")
		}
	}
}

// freshRequest sends an opt-out as the service does, with a connection of its own.
func freshRequest(addr, id string) (status int, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second)) // the service's own timeout
	if _, err := fmt.Fprintf(conn, "GET /?uid2=%s&timestamp=1700000000 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t0ken\r\n\r\n", url.QueryEscape(id)); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return response.StatusCode, nil
}

// TestProxyInFront: while the receiver is down, the proxy in front of it gives answers that the
// service repeats, so that the feed continues when the receiver is back, and not an hour later.
func TestProxyInFront(t *testing.T) {
	store := filepath.Join(t.TempDir(), "optouts.db")
	run := func(at string) *process {
		return start(t, nil, "optout", "serve", "-listen", at, "-store", store, "-bearer-token", "t0ken")
	}
	p := run("127.0.0.1:0")
	addr := after(t, p.lines, "listening at ")
	reverse := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	reverse.ErrorLog = log.New(io.Discard, "", 0)
	proxy := httptest.NewServer(reverse)
	defer proxy.Close()
	operator := local(t)
	feed := operator.AddWebhook(uid2test.Webhook{
		URL: proxy.URL, Query: []string{"uid2=${ADVERTISING_ID}", "timestamp=${OPTOUT_EPOCH}"}, Header: []string{"Authorization: Bearer t0ken"},
		Retries: 600, Backoff: 10 * time.Millisecond,
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for restart := range 5 {
		for user := range 20 {
			operator.OptOutUser(uid2test.TokenSpec{Email: fmt.Sprintf("%d.%d@example.com", restart, user)}, time.Now())
		}
		p.terminate(t)
		p = run(addr)
		after(t, p.lines, "listening at ")
		if err := feed.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	p.terminate(t)
	if got := ok(t, "", "optout", "export", "-store", store); strings.Count(got, "\n") < 100 {
		t.Errorf("%d opt-outs", strings.Count(got, "\n"))
	}
}

// TestNoSocketHandedOver: -listen systemd without systemd is an error.
func TestNoSocketHandedOver(t *testing.T) {
	for _, env := range [][2]string{{"", ""}, {"1", "1"}, {fmt.Sprint(os.Getpid()), "2"}, {fmt.Sprint(os.Getpid()), ""}} {
		t.Setenv("LISTEN_PID", env[0])
		t.Setenv("LISTEN_FDS", env[1])
		r := uid2(t, "", "optout", "serve", "-listen", "systemd", "-store", filepath.Join(t.TempDir(), "optouts.db"), "-unauthenticated", "-for", "1ms")
		if r.code != exitUsage || !strings.Contains(r.err, "-listen systemd") {
			t.Errorf("%v: exit code %d: %s", env, r.code, r.err)
		}
	}
}
