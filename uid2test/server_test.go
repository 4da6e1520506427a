//go:build go1.25

package uid2test_test

import (
	"bytes"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestStartAndClose(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	if s.URL != "" {
		t.Errorf("an unstarted server has the URL %s", s.URL)
	}
	s.Start()
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") || strings.HasSuffix(s.URL, "/") {
		t.Errorf("URL is %s", s.URL)
	}
	mustPanic(t, "second start", s.Start)
	mustFetch(t, s, s.Client(), uid2test.PathBidstream)
	s.Close()
	s.Close()
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")); err == nil {
		t.Error("something still listens")
	}
	mustPanic(t, "start after close", s.Start)
	s.Token(alice) // works without the network
}

func TestUnstartedServersCloseToo(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	s.Close()
	mustPanic(t, "start after close", s.Start)
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opt := range map[string]uid2test.Option{
		"no scope":        uid2test.WithScope(0),
		"unknown scope":   uid2test.WithScope(3),
		"environment":     uid2test.WithEnvironment(codec.EnvironmentUnknown),
		"no clock":        uid2test.WithNow(nil),
		"everywhere":      uid2test.WithAddr(":8080"),
		"any address":     uid2test.WithAddr("0.0.0.0:0"),
		"name":            uid2test.WithAddr("localhost:0"),
		"without a port":  uid2test.WithAddr("127.0.0.1"),
		"other interface": uid2test.WithAddr("192.0.2.1:0"),
	} {
		mustPanic(t, name, func() { uid2test.NewUnstartedServer(opt) })
	}
}

func TestAddress(t *testing.T) {
	first := start(t)
	taken := strings.TrimPrefix(first.URL, "http://")
	mustPanic(t, "taken port", func() { uid2test.NewServer(uid2test.WithAddr(taken)) })
	first.Close()
	second := start(t, uid2test.WithAddr(taken))
	if second.URL != first.URL {
		t.Errorf("listens on %s, not %s", second.URL, first.URL)
	}
	mustFetch(t, second, second.Client(), uid2test.PathBidstream)
}

// closeUnderRequest closes a server that has received half of a request, whose other half is one
// byte.
func closeUnderRequest(t *testing.T) (conn net.Conn, closed chan struct{}) {
	t.Helper()
	s := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.Write([]byte("POST " + uid2test.PathBidstream + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, s, uid2test.PathBidstream)
	closed = make(chan struct{})
	go func() {
		s.Close()
		close(closed)
	}()
	return conn, closed
}

// TestCloseLetsRequestsFinish: with half a request received, Close waits for the other half.
func TestCloseLetsRequestsFinish(t *testing.T) {
	conn, closed := closeUnderRequest(t)
	select {
	case <-closed:
		t.Error("closed under a request")
	case <-time.After(20 * time.Millisecond):
	}
	conn.Write([]byte("b"))
	answer := make([]byte, 12)
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.1 401" {
		t.Errorf("got %q, %v", answer, err)
	}
	<-closed
}

// TestCloseEnds: Close doesn't wait forever for a client that never sends the other half.
func TestCloseEnds(t *testing.T) {
	_, closed := closeUnderRequest(t)
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("it waits")
	}
}

// TestSeeds: everything but times, IVs and ports is determined by seed, scope and the order of
// calls.
func TestSeeds(t *testing.T) {
	now := func() time.Time { return time.Unix(1_800_000_000, 0) }
	facts := func(opts ...uid2test.Option) []string {
		s := uid2test.NewUnstartedServer(append(opts, uid2test.WithNow(now))...)
		s.AddSite(7001, "publisher.example")
		c := s.AddClient(uid2test.Client{Roles: uid2test.IDReader})
		s.RotateKeys()
		facts := []string{s.Client().APIKey, s.Client().ClientSecret, c.APIKey, c.ClientSecret}
		for _, path := range endpoints {
			facts = append(facts, string(s.KeyAnswer(s.Client(), path)))
		}
		for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
			for _, spec := range []uid2test.TokenSpec{{Email: email}, {Phone: phone}} {
				spec.RawUIDVersion = version
				facts = append(facts, s.RawUID(spec).Reveal())
			}
		}
		return facts
	}
	base := facts()
	if !slices.Equal(base, facts(uid2test.WithSeed(1))) {
		t.Error("the same seed leads elsewhere")
	}
	for name, opt := range map[string]uid2test.Option{"seed": uid2test.WithSeed(2), "scope": uid2test.WithScope(codec.ScopeEUID)} {
		for i, fact := range facts(opt) {
			if fact == base[i] {
				t.Errorf("another %s leads to the same fact %d", name, i)
			}
		}
	}
	s := uid2test.NewUnstartedServer()
	if first, second := s.Token(alice), s.Token(alice); first == second {
		t.Error("a token came twice")
	}
}

// TestConcurrentUse is for the race detector; the keys of every answer must open the tokens of its
// time.
func TestConcurrentUse(t *testing.T) {
	s := start(t)
	clients := []*uid2test.Client{s.Client(), s.AddClient(uid2test.Client{Roles: uid2test.IDReader, Reads: []uint32{uid2test.EverySite}})}
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			c := clients[i%2]
			for n := range 10 {
				token := s.Token(alice)
				answer, err := fetch(s, c, uid2test.PathBidstream)
				if err != nil {
					t.Error(err)
					return
				}
				if _, status := open(t, token, answer); status != codec.Success {
					t.Error(status)
				}
				switch (i + n) % 5 {
				case 0:
					s.RotateKeys()
				case 1:
					s.AddSite(uint32(8000+i), "publisher.example")
				case 2:
					s.AddClient(uid2test.Client{Roles: uid2test.Sharer})
				case 3:
					s.Grant(clients[1], uid2test.EverySite, 7001)
				case 4:
					s.Fail(uid2test.Fault{Path: "/elsewhere"})
					s.Requests(uid2test.PathBidstream)
					s.Heal()
				}
			}
		})
	}
	work.Wait()
	if got := s.Requests(uid2test.PathBidstream); got != 80 {
		t.Errorf("counted %d requests, want 80", got)
	}
}

// TestCloseAtAnyTime closes under load: clients get answers or errors, and nothing hangs.
func TestCloseAtAnyTime(t *testing.T) {
	s := start(t)
	s.Fail(uid2test.Fault{Delay: time.Hour, Times: 5})
	var work sync.WaitGroup
	for range 10 {
		work.Go(func() {
			for {
				answer, err := fetch(s, s.Client(), uid2test.PathBidstream)
				if err != nil {
					return
				}
				if !bytes.Contains(answer, []byte(`"success"`)) {
					t.Error("half an answer")
				}
			}
		})
	}
	waitFor(t, s, uid2test.PathBidstream)
	for range 3 {
		work.Go(s.Close)
	}
	work.Wait()
	if _, err := http.Get(s.URL); err == nil {
		t.Error("the server answers after Close")
	}
}
