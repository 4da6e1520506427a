//go:build go1.25

package optout_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

var kills = flag.Int("kills", 5, "how often TestKill9 kills the receiver")

// manyKills is the number of kills from which on TestKill9 requires this many acknowledged
// opt-outs.
const (
	manyKills        = 200
	manyAcknowledged = 1_000_000
	share            = manyAcknowledged/manyKills + 200 // for one kill
)

// connections is the number of opt-outs that wait for the same fsync.
const connections = 512

// receiverFile, in the environment, makes this test binary a receiver with its log in that file,
// until it is killed. Next to it is the ledger of what was acknowledged before.
const receiverFile = "OPTOUT_TEST_RECEIVER"

func ledgerOf(file string) string { return file + "-ledger" }

// serve is the child process. Once it has read its log, it prints its address, or what it has lost.
func serve(file string) {
	log, err := optout.OpenFile(file)
	if err != nil {
		panic(err)
	}
	s := optout.Open(log)
	if err := s.WaitSynced(context.Background()); err != nil {
		panic(err)
	}
	acknowledged, err := readLedger(ledgerOf(file))
	if err != nil {
		panic(err)
	}
	if lost := acknowledged.missing(func(n uint64) bool { return s.OptOut(uidOf(n)).State == bidstream.OptedOut }); lost > 0 {
		fmt.Printf("%d of %d acknowledged opt-outs are lost\n", lost, acknowledged.count())
		os.Exit(4)
	}
	receiver, err := optout.NewReceiver(s, optout.WithoutAuthentication())
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(receiver)
	fmt.Println(server.Listener.Addr())
	time.Sleep(time.Minute) // a limit, in case nobody kills it
	os.Exit(3)
}

// ledger is the set of acknowledged opt-outs, by number, as a bit set.
type ledger []uint64

func (l *ledger) add(n uint64) {
	for uint64(len(*l)) <= n/64 {
		*l = append(*l, 0)
	}
	(*l)[n/64] |= 1 << (n % 64)
}

func (l ledger) count() (count int) {
	for _, word := range l {
		count += bits.OnesCount64(word)
	}
	return count
}

// missing returns how many of the set there reports as missing.
func (l ledger) missing(there func(n uint64) bool) (missing int) {
	for i, word := range l {
		for ; word != 0; word &= word - 1 {
			if !there(uint64(i)*64 + uint64(bits.TrailingZeros64(word))) {
				missing++
			}
		}
	}
	return missing
}

func (l ledger) write(file string) error {
	b := make([]byte, 0, 8*len(l))
	for _, word := range l {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return os.WriteFile(file, b, 0o600)
}

func readLedger(file string) (l ledger, err error) {
	b, err := os.ReadFile(file)
	for ; len(b) >= 8; b = b[8:] {
		l = append(l, binary.LittleEndian.Uint64(b))
	}
	return l, err
}

// child is a receiver in a process of its own.
type child struct {
	*exec.Cmd
	address string
}

// startChild starts the receiver, which must have everything that was acknowledged.
func startChild(t *testing.T, file string, acknowledged ledger) *child {
	t.Helper()
	if err := acknowledged.write(ledgerOf(file)); err != nil {
		t.Fatal(err)
	}
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
	line = strings.TrimSpace(line)
	if _, _, bad := net.SplitHostPort(line); err != nil || bad != nil {
		c.Process.Kill()
		c.Wait()
		t.Fatalf("the receiver doesn't start: %s %v", line, err)
	}
	return &child{c, line}
}

// kill kills the process without warning.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
}

// feed sends one opt-out after another, and keeps the ledger.
type feed struct {
	mu           sync.Mutex
	last         uint64
	count        int // acknowledged
	acknowledged ledger
}

// took records whether an opt-out was acknowledged, and returns the number of the next one.
func (f *feed) took(n uint64, acknowledged bool) (next uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if acknowledged {
		f.acknowledged.add(n)
		f.count++
	}
	f.last++
	return f.last
}

// send uses one connection until it breaks. It writes plain HTTP, since a client of net/http would
// take most of the machine's time.
func (f *feed) send(address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for n, ok := f.took(0, false), false; ; n = f.took(n, ok) {
		if _, err := fmt.Fprintf(conn, "GET /?uid2=%s HTTP/1.1\r\nHost: localhost\r\n\r\n", url.QueryEscape(textOf(n))); err != nil {
			return
		}
		if ok, err = readAnswer(answers); err != nil {
			return
		}
	}
}

// await waits, for a limited time, until this many opt-outs have been acknowledged.
func (f *feed) await(count int) {
	for range 200 {
		f.mu.Lock()
		enough := f.count >= count
		f.mu.Unlock()
		if enough {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// readAnswer reads a complete answer, which has no body, and reports whether it is 200.
func readAnswer(answers *bufio.Reader) (ok bool, err error) {
	for first := true; ; first = false {
		line, err := answers.ReadSlice('\n')
		if err != nil {
			return false, err
		}
		if first {
			ok = strings.HasPrefix(string(line), "HTTP/1.1 200 ")
		}
		if len(line) <= 2 {
			return ok, nil
		}
	}
}

// TestKill9 sends opt-outs to a receiver as fast as it accepts them, and kills it at random
// moments, again and again. Everything that it acknowledged must be there after each restart.
func TestKill9(t *testing.T) {
	file := filepath.Join(t.TempDir(), "optouts.db")
	var f feed
	for round := range *kills {
		c := startChild(t, file, f.acknowledged)
		var sending sync.WaitGroup
		for range connections {
			sending.Go(func() { f.send(c.address) })
		}
		if round%2 == 1 { // a long round, to make up for the one before
			f.await((round + 1) * share)
		}
		time.Sleep(time.Duration(rand.IntN(300_000)) * time.Microsecond)
		c.kill(t)
		sending.Wait()
	}
	startChild(t, file, f.acknowledged).kill(t)
	if lost := f.acknowledged.missing(logged(t, file)); lost > 0 {
		t.Errorf("%d acknowledged opt-outs aren't in the log itself", lost)
	}
	count := f.acknowledged.count()
	t.Logf("%d kills, %d opt-outs sent, %d acknowledged", *kills, f.last, count)
	if count == 0 || *kills >= manyKills && count < manyAcknowledged {
		t.Errorf("only %d were acknowledged", count)
	}
}

// logged reads the log without its snapshot, and returns a function that reports whether an opt-out
// is in it.
func logged(t *testing.T, file string) func(n uint64) bool {
	t.Helper()
	log, err := optout.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all ledger
	err = log.Replay(t.Context(), 0, func(_ uint64, e optout.Entry) error {
		raw := e.UID.AppendBytes(nil)
		n := binary.BigEndian.Uint64(raw[24:])
		if e.UID != uidOf(n) {
			return errors.New("an entry that was never sent")
		}
		all.add(n)
		return nil
	})
	if err := errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
	return func(n uint64) bool { return n/64 < uint64(len(all)) && all[n/64]&(1<<(n%64)) != 0 }
}

// rawOf returns the bytes of the raw UID with a number.
func rawOf(n uint64) []byte {
	raw := make([]byte, 32)
	binary.BigEndian.PutUint64(raw, n*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(raw[24:], n)
	return raw
}

func textOf(n uint64) string { return base64.StdEncoding.EncodeToString(rawOf(n)) }

func uidOf(n uint64) codec.RawUID {
	uid, err := codec.NewRawUID(rawOf(n))
	if err != nil {
		panic(err)
	}
	return uid
}
