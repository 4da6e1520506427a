package optout_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidstream"
)

// smallDisk, in the environment, is the directory of TestSmallDisk in its own process.
const smallDisk = "OPTOUT_TEST_SMALL_DISK"

// TestDiskGetsFull: a file system that has no room left while opt-outs come in. A process of its own mounts a small one; where
// it may not, it limits the size of its files, which ends in the same errors a little earlier.
func TestDiskGetsFull(t *testing.T) {
	for _, mount := range []bool{true, false} {
		c := exec.Command(os.Args[0], "-test.run=^TestSmallDisk$", "-test.v")
		c.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
		if mount {
			c.SysProcAttr = ownFileSystems()
		}
		out, err := c.CombinedOutput()
		if mount && err != nil && !strings.Contains(string(out), "--- FAIL") {
			t.Logf("no file system of its own here (%v): only the size of files is limited", err)
			continue
		}
		if err != nil {
			t.Errorf("mounted %v: %v\n%s", mount, err, out)
		}
		t.Logf("mounted %v: %s", mount, out)
	}
}

// disk is one that gets full, and has room again.
type disk struct {
	dir  string
	free func() error
}

// newDisk mounts 6 MB of which 4 are taken, or limits files to 1 MB.
func newDisk(t *testing.T, dir string) disk {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m,mode=700"); err == nil {
		ballast := filepath.Join(dir, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
		t.Log("a file system of 2 MB")
		return disk{dir, func() error { return os.Remove(ballast) }}
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	t.Log("files of at most 1 MB")
	return disk{dir, func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) }}
}

// TestSmallDisk runs in a process of its own: what can't be written is answered 503, what was answered 200 is there, and when
// there is room again everything goes on.
func TestSmallDisk(t *testing.T) {
	dir := os.Getenv(smallDisk)
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
	_ = s.Snapshot(t.Context()) // it may find room or not; either way nothing gets lost
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

// send sends opt-outs of users below a number, and tells which ones were acknowledged. Other answers than 200 and 503 fail.
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
