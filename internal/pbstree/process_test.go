package pbstree_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

// TestMain is also the server that these tests start, which behaves as a variable says.
func TestMain(m *testing.M) {
	switch os.Getenv("FAKE_SERVER") {
	case "":
		os.Exit(m.Run())
	case "refuses":
		fmt.Println("I1127 10:00:00.000000 config\nF1127 10:00:00.000000 it can't go on\ngoroutine 1 [running]:")
		os.Exit(1)
	case "forgets its modules":
		serveUntilTerminated()
	case "ends with an error":
		serveUntilTerminated()
		os.Exit(3)
	case "works":
		serveUntilTerminated()
		fmt.Println("[PBS Router] shut down")
	}
}

func serveUntilTerminated() {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	fmt.Println(os.Getenv("PBS_PORT")+os.Getenv("HTTPS_PROXY")+" is what is left of the parent's settings,", len(os.Args), "arguments")
	go http.ListenAndServe(os.Getenv("FAKE_ADDRESS"), http.NotFoundHandler())
	<-terminated
}

// start starts the fake server, which is killed at the end.
func start(t *testing.T, behaviour string) (p *pbstree.Process, url, dir string) {
	t.Helper()
	port, err := pbstree.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PBS_PORT", "1")
	t.Setenv("HTTPS_PROXY", "2")
	dir = t.TempDir()
	b := &pbstree.Built{Binary: self, Static: t.TempDir()}
	if p, err = b.Start(dir, "FAKE_SERVER="+behaviour, "FAKE_ADDRESS=127.0.0.1:"+port); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p, "http://127.0.0.1:" + port, dir
}

func TestProcess(t *testing.T) {
	p, url, dir := start(t, "works")
	if !p.Await(url) {
		t.Fatal("it doesn't answer")
	}
	if p.State() != nil || p.PID() <= 0 {
		t.Errorf("it lives, and its state is %v", p.State())
	}
	if _, err := os.ReadDir(filepath.Join(dir, "static")); err != nil {
		t.Error(err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if p.State() == nil || !p.State().Success() {
		t.Errorf("it has ended with %v", p.State())
	}
	logs, err := p.Logs()
	if err != nil || !strings.HasPrefix(logs, " is what is left") || !strings.Contains(logs, "2 arguments") {
		t.Errorf("%q, %v", logs, err)
	}
}

// A server that doesn't end as it should is an error.
func TestStop(t *testing.T) {
	for _, behaviour := range []string{"forgets its modules", "ends with an error"} {
		p, url, _ := start(t, behaviour)
		if !p.Await(url) {
			t.Fatal("it doesn't answer")
		}
		if err := p.Stop(); err == nil {
			t.Errorf("a server that %s: no error", behaviour)
		}
	}
}

// Who waits for a server learns that it has ended, and why.
func TestRefuses(t *testing.T) {
	p, url, _ := start(t, "refuses")
	if p.Await(url) {
		t.Error("it answers")
	}
	logs, err := p.Logs()
	if err != nil {
		t.Fatal(err)
	}
	if got := pbstree.Tail(logs); got != "F1127 10:00:00.000000 it can't go on" || got != pbstree.LastWords(logs) {
		t.Errorf("the last words are %q", got)
	}
}

func TestTail(t *testing.T) {
	if got := pbstree.Tail(strings.Repeat("x", 3000) + "end"); len(got) != 2000 || !strings.HasSuffix(got, "end") {
		t.Errorf("the tail is %q", got)
	}
	if got := pbstree.Tail("short"); got != "short" || pbstree.LastWords("short") != "" {
		t.Errorf("the tail is %q", got)
	}
}

// A port is free, and may be listened on.
func TestFreePort(t *testing.T) {
	port, err := pbstree.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
}
