package optout_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

var kills = flag.Int("kills", 5, "how often TestKill9 kills the receiver")

// receiverFile, in the environment, makes this test binary a receiver with a log in that file, until it is killed.
const receiverFile = "OPTOUT_TEST_RECEIVER"

func TestMain(m *testing.M) {
	if file := os.Getenv(receiverFile); file != "" {
		serve(file)
	}
	os.Exit(m.Run())
}

// serve is the child process. It says where it listens once its log is read.
func serve(file string) {
	log, err := optout.OpenBolt(file)
	if err != nil {
		panic(err)
	}
	s := optout.Open(log)
	if err := s.WaitSynced(context.Background()); err != nil {
		panic(err)
	}
	server := httptest.NewServer(optout.NewReceiver(s))
	fmt.Println(server.URL)
	time.Sleep(time.Minute) // nobody lives for ever
	os.Exit(3)
}

// child is a receiver in a process of its own.
type child struct {
	*exec.Cmd
	url string
}

func startChild(t *testing.T, file string) *child {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), receiverFile+"="+file)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the receiver doesn't start: %v", err)
	}
	return &child{c, line[:len(line)-1]}
}

// kill ends the process as the kernel does, without a word.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
}

// TestKill9 sends opt-outs to a receiver as fast as it takes them, and kills it at any moment, again and again. Everything
// that it acknowledged must be there afterwards.
func TestKill9(t *testing.T) {
	file := filepath.Join(t.TempDir(), "optouts.db")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128, DialContext: (&net.Dialer{}).DialContext}}
	var acknowledged []uint64
	next := uint64(0)
	for range *kills {
		c := startChild(t, file)
		var mu sync.Mutex
		var sending sync.WaitGroup
		for range 128 {
			sending.Go(func() {
				for {
					mu.Lock()
					next++
					n := next
					mu.Unlock()
					response, err := client.Get(c.url + "/?uid2=" + url.QueryEscape(textOf(n)))
					if err != nil {
						return // it is dead
					}
					response.Body.Close()
					if response.StatusCode == http.StatusOK {
						mu.Lock()
						acknowledged = append(acknowledged, n)
						mu.Unlock()
					}
				}
			})
		}
		time.Sleep(time.Duration(50+rand.IntN(400)) * time.Millisecond)
		c.kill(t)
		sending.Wait()
	}
	s := open(t, file)
	for _, n := range acknowledged {
		if o := s.OptOut(decoded(t, textOf(n))); o.State != bidstream.OptedOut {
			t.Fatalf("opt-out %d of %d was acknowledged and is lost", n, len(acknowledged))
		}
	}
	t.Logf("%d kills, %d acknowledged, %d in the index", *kills, len(acknowledged), s.Stats().Users)
	if len(acknowledged) == 0 {
		t.Error("nothing was acknowledged")
	}
}

// textOf is the text of a raw UID, one for each number.
func textOf(n uint64) string {
	var raw [32]byte
	binary.BigEndian.PutUint64(raw[:], n*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(raw[24:], n)
	return base64.StdEncoding.EncodeToString(raw[:])
}
