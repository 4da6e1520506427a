//go:build go1.25

package uid2test_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestStopAndRestart(t *testing.T) {
	s := start(t)
	addr := strings.TrimPrefix(s.URL, "http://")
	secret, token := s.Client().ClientSecret, s.Token(alice)
	for range 2 {
		s.Stop()
		s.Stop()
		http.DefaultClient.CloseIdleConnections() // the outage has ended them, which a client may notice too late
		if s.Listens() {
			t.Error("it says that it listens")
		}
		if _, err := net.Dial("tcp", addr); err == nil {
			t.Fatal("something listens during the outage")
		}
		s.Token(alice) // works without the network
		for range 2 {
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		if s.URL != "http://"+addr || !s.Listens() {
			t.Errorf("it came back at %s", s.URL)
		}
		mustFetch(t, s, s.Client(), uid2test.PathBidstream)
	}
	if s.Client().ClientSecret != secret || s.Token(alice) == token {
		t.Error("the outage changed the server's state")
	}
}

func TestRestartFails(t *testing.T) {
	if uid2test.NewUnstartedServer().Restart() == nil {
		t.Error("a server that was never started restarts")
	}
	s := start(t)
	s.Stop()
	taken, err := net.Listen("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Restart() == nil {
		t.Error("it restarts at an address that is taken")
	}
	taken.Close()
	if err := s.Restart(); err != nil {
		t.Error(err)
	}
	s.Close()
	if s.Restart() == nil || s.Listens() {
		t.Error("a closed server restarts")
	}
}
