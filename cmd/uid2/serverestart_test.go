//go:build linux

package main

import (
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// load sends requests until it is stopped, with kept connections and with one for each request. All
// must be answered; how many had the raw UID is counted. Each sender pauses after an answer.
type load struct {
	sending       sync.WaitGroup
	ended         atomic.Bool
	sent, withUID atomic.Int64
}

func loadOn(t *testing.T, at string, operator *uid2test.Server, pause time.Duration) *load {
	l := new(load)
	request, raw := bidRequest(operator, "user@example.com")
	for sender := range 6 {
		client := clientOf(t, at)
		client.Transport.(*http.Transport).DisableKeepAlives = sender%3 == 0
		l.sending.Go(func() {
			for !l.ended.Load() && !t.Failed() {
				answer, err := annotatedBy(client, request)
				if err != nil {
					t.Errorf("lost after %d: %v", l.sent.Load(), err)
					return
				}
				l.sent.Add(1)
				if strings.Contains(answer, raw) {
					l.withUID.Add(1)
				}
				time.Sleep(pause)
			}
		})
	}
	return l
}

// more waits until more requests were answered with a raw UID.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	for before := l.withUID.Load(); l.withUID.Load() < before+n && !t.Failed(); {
		time.Sleep(time.Millisecond)
	}
}

func (l *load) stop(t *testing.T) {
	l.ended.Store(true)
	l.sending.Wait()
	t.Logf("%d answered, %d with a raw UID", l.sent.Load(), l.withUID.Load())
}

var restarts = flag.Int("restarts", 5, "how often the sidecar is restarted under load, in each way")

// TestTakeoverUnderLoad: one process after another takes over the socket, or port, of the one
// before, with its store of opt-outs and the port of its receiver, and no request is refused or
// lost.
func TestTakeoverUnderLoad(t *testing.T) {
	operator := local(t)
	receiver, metrics := freePort(t), freePort(t)
	for _, at := range []string{"unix:" + filepath.Join(t.TempDir(), "s"), freePort(t)} {
		config := configFile(t, `, "listen": "`+receiver+`", "bearer_token": "t0ken"`)
		args := []string{"serve", "-config", config, "-listen", at, "-token-file", write(t, sidecarSecret), "-metrics", metrics, "-takeover"}
		p := start(t, nil, args...)
		after(t, p.lines, "listening at ")
		l := loadOn(t, at, operator, 0)
		for range *restarts {
			l.more(t, 50)
			next := start(t, nil, args...)
			after(t, next.lines, "listening at ")
			if err := p.Wait(); err != nil {
				t.Error("the process before:", err)
			}
			p = next
		}
		l.more(t, 50)
		l.stop(t)
		p.terminate(t)
	}
}

// TestCloseListener: the server of a listener may have closed it before, as both leave at once.
func TestCloseListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := closeListener(l); err != nil {
			t.Error(err)
		}
	}
	if err := closeListener(nowhere{}); err != nil {
		t.Error(err)
	}
}

// freePort returns an address at which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// TestServeSystemd: with systemd's socket, requests wait while the process is restarted.
func TestServeSystemd(t *testing.T) {
	operator := local(t)
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	args := []string{"serve", "-config", configFile(t, ""), "-listen", "systemd"}
	p := start(t, socket, args...)
	after(t, p.lines, "listening at "+path)
	l := loadOn(t, "unix:"+path, operator, 0)
	for range *restarts {
		l.more(t, 50)
		p.terminate(t)
		p = start(t, socket, args...)
		after(t, p.lines, "listening at "+path)
	}
	l.more(t, 50)
	l.stop(t)
	p.terminate(t)
	if _, err := os.Stat(path); err != nil {
		t.Error("systemd's socket is removed:", err)
	}
}

// TestServeSystemdPort: systemd's socket isn't more private for being systemd's.
func TestServeSystemdPort(t *testing.T) {
	local(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	p := start(t, socket, "serve", "-config", configFile(t, ""), "-listen", "systemd")
	if err := p.Wait(); err == nil || p.ProcessState.ExitCode() != exitUsage {
		t.Errorf("it serves a port without a token: %v", err)
	}
}

// TestKilled: the socket of a process that was killed is stale, and the next process replaces it.
func TestKilled(t *testing.T) {
	operator := local(t)
	at := "unix:" + filepath.Join(t.TempDir(), "s")
	args := []string{"serve", "-config", configFile(t, ""), "-listen", at}
	p := start(t, nil, args...)
	after(t, p.lines, "listening at ")
	p.Process.Kill()
	p.Wait()
	p = start(t, nil, args...)
	after(t, p.lines, "listening at ")
	request, _ := bidRequest(operator, "user@example.com")
	if _, err := annotatedBy(clientOf(t, at), request); err != nil {
		t.Error(err)
	}
	p.terminate(t)
}
