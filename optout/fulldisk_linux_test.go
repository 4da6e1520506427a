//go:build go1.25

package optout_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/disktest"
)

// TestDiskGetsFull: a file system fills up while opt-outs arrive.
func TestDiskGetsFull(t *testing.T) { disktest.InProcesses(t, "TestSmallDisk") }

// disk is a disk that fills up, and has room again later.
type disk struct {
	dir  string
	free func() error
}

// newDisk mounts 6 MB, of which 4 are used, or limits files to 1 MB.
func newDisk(t *testing.T, dir string) disk {
	t.Helper()
	if !disktest.Mount(t, dir, "6m") {
		return disk{dir, disktest.LimitFiles(t, 1<<20)}
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	return disk{dir, func() error { return os.Remove(ballast) }}
}

// TestSmallDisk runs in a process of its own: what can't be written is answered 503, what was
// answered 200 is there, and once there is room again, everything works.
func TestSmallDisk(t *testing.T) {
	dir := disktest.Directory()
	if dir == "" {
		return // TestDiskGetsFull starts it
	}
	d := newDisk(t, dir)
	file := filepath.Join(d.dir, "optouts.db")
	s := open(t, file)
	receiver := httptest.NewServer(newReceiver(t, s))
	defer receiver.Close()
	const users = 60_000
	acknowledged := send(t, receiver.URL, users)
	count := 0
	for _, ok := range acknowledged {
		if ok {
			count++
		}
	}
	if count < 100 || count == users {
		t.Fatalf("%d of %d acknowledged", count, users)
	}
	if s.Stats().Failures == 0 {
		t.Error("no failure is counted")
	}
	_ = s.Snapshot(t.Context()) // it may or may not find room; either way nothing may be lost
	for n, ok := range acknowledged {
		if known := s.OptOut(decoded(t, textOf(uint64(n)+1))).State == bidstream.OptedOut; ok && !known {
			t.Fatalf("%d was acknowledged and is lost", n)
		}
	}
	if err := d.free(); err != nil {
		t.Fatal(err)
	}
	for n, ok := range send(t, receiver.URL, 10_000) {
		if !ok {
			t.Fatalf("%d isn't taken, though there is room", n)
		}
		acknowledged[n] = true
	}
	s.Close()
	s = open(t, file)
	for n, ok := range acknowledged {
		if known := s.OptOut(decoded(t, textOf(uint64(n)+1))).State == bidstream.OptedOut; ok && !known {
			t.Fatalf("%d was acknowledged and is lost after a restart", n)
		}
	}
	t.Logf("%d acknowledged on a full disk, and 10000 more with room again", count)
}

// send sends opt-outs of users below a number, and returns which were acknowledged. Any answer but
// 200 and 503 is an error.
func send(t *testing.T, to string, users int) []bool {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	acknowledged, numbers := make([]bool, users), make(chan int)
	var sending sync.WaitGroup
	for range 64 {
		sending.Go(func() {
			for n := range numbers {
				response, err := client.Get(fmt.Sprintf("%s/?uid2=%s", to, url.QueryEscape(textOf(uint64(n)+1))))
				if err != nil {
					t.Error(err)
					continue
				}
				response.Body.Close()
				if acknowledged[n] = response.StatusCode == 200; !acknowledged[n] && response.StatusCode != 503 {
					t.Errorf("answered %d", response.StatusCode)
				}
			}
		})
	}
	for n := range users {
		numbers <- n
	}
	close(numbers)
	sending.Wait()
	return acknowledged
}
