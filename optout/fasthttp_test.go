package optout_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

// malformed lists requests that no server can parse, with text that must not appear in a log.
var malformed = []string{
	"GET /?uid2=canary\r\n\r\n",
	"GET /?uid2=canary HTTP/9.9\r\nHost: x\r\nAuthorization: Bearer canary\r\n\r\n",
	"GET /?uid2=canary HTTP/1.1\r\nHost: x\r\nAuthorization Bearer canary\r\n\r\n",
	"GET /?uid2=canary HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n",
	"GET /?uid2=can\x00ary HTTP/1.1\r\nHost: x\r\nX\x01: canary\r\n\r\n",
	"GET /?uid2=canary HTTP/1.1\r\nHost: x\r\n canary\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n",
	"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=canary\r\nContent-Length: 6\r\n\r\ncanary",
	"GET /?uid2=canary" + strings.Repeat("canary", 20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
	"canary\r\n\r\n",
}

// quietChild, in the environment, makes TestMalformed send malformed requests to a server, whose
// log is this process's.
const quietChild = "OPTOUT_TEST_QUIET"

// TestMalformed runs in a process of its own, since fasthttp's own logger writes to its standard
// error.
func TestMalformed(t *testing.T) {
	if os.Getenv(quietChild) == "" {
		return // TestNothingIsLogged starts it
	}
	s := optout.Open(memoryLog{})
	defer s.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newReceiver(t, s, optout.WithBearer("canary")).FastHTTPServer()
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	for _, text := range malformed {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(conn, text)
		conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if strings.Contains(string(answer), "canary") {
			t.Errorf("%.60q: it is answered %q", text, answer)
		}
	}
	if err := server.Shutdown(); err != nil {
		t.Error(err)
	}
	<-served
}

// TestNothingIsLogged: requests that aren't valid HTTP are not quoted in a log.
func TestNothingIsLogged(t *testing.T) {
	child := exec.CommandContext(context.Background(), os.Args[0], "-test.run", "^TestMalformed$", "-test.v")
	child.Env = append(os.Environ(), quietChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("canary")) || !bytes.Contains(out, []byte("PASS: TestMalformed")) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestFastHTTPLimits: the server's own answers are the documented ones.
func TestFastHTTPLimits(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	addr := bothServers(t, newReceiver(t, s))["fasthttp"]
	long := "GET /?uid2=" + url.QueryEscape(raw32) + "&x=%s HTTP/1.1\r\nHost: x\r\n\r\n"
	for text, want := range map[string]int{
		fmt.Sprintf(long, strings.Repeat("x", 60_000)):                   200,
		fmt.Sprintf(long, strings.Repeat("x", 70_000)):                   431,
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nx": 400,
		"nonsense\r\n\r\n": 400,
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nuid2=x":                                                  200,
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 6\r\n\r\ncanary": 200,
	} {
		if status := exchange(t, addr, text); status != want {
			t.Errorf("%.60q: %d, want %d", text, status, want)
		}
	}
}

// TestFastHTTPServer: the server's limits are the documented ones; an answer may take as long as
// recording an opt-out.
func TestFastHTTPServer(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	server := newReceiver(t, s).FastHTTPServer()
	if server.ReadTimeout != 10*time.Second || server.WriteTimeout != 30*time.Second || server.IdleTimeout != 2*time.Minute ||
		server.ReadBufferSize != 64<<10 || server.MaxRequestBodySize != 4<<20 || server.Concurrency != 256 || !server.CloseOnShutdown || server.Handler == nil {
		t.Errorf("%+v", server)
	}
}
