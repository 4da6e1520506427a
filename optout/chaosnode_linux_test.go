package optout_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/optout"
)

// nodeProcess, in the environment, is the nodeSpec of TestChaosNode in its own process.
const nodeProcess = "OPTOUT_TEST_NODE"

// nodeSpec is what a node is started and restarted with.
type nodeSpec struct {
	File string
	URLs string // of the NATS servers
}

// A node answers with one of these for each user.
const (
	saysOptedOut    = 'o'
	saysNotOptedOut = 'n' // only from a synced node
	saysUnknown     = '?'
)

// The headers of an answer about users.
const (
	headerAway   = "Away"
	headerSynced = "Synced"
)

// TestChaosNode is a node of TestFleetChaos, in a process of its own: it prints its address, and
// runs until it is killed or the process that started it ends.
func TestChaosNode(t *testing.T) {
	text := os.Getenv(nodeProcess)
	if text == "" {
		return // TestFleetChaos starts it
	}
	var spec nodeSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	local, err := optout.OpenFile(spec.File)
	if err != nil {
		t.Fatal(err)
	}
	log, err := optout.ConnectJetStream(optout.Servers{URLs: spec.URLs}, optout.StreamConfig{Replicas: 3}, local)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(nodeHandler(optout.Open(log)))
	fmt.Println(server.Listener.Addr())
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// nodeHandler exposes a store over HTTP; users are identified by numbers.
func nodeHandler(s *optout.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /record/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.ParseUint(r.PathValue("n"), 10, 64)
		if err == nil {
			err = s.Record(r.Context(), uidOf(n), int64(n)*1000)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /states/{from}/{below}", func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.ParseUint(r.PathValue("from"), 10, 64)
		below, _ := strconv.ParseUint(r.PathValue("below"), 10, 64)
		away, synced := s.UnreachableErr() != nil, s.Synced()
		states := make([]byte, 0, below-from)
		for n := from; n < below; n++ {
			states = append(states, stateOfUser(s, n))
		}
		w.Header().Set(headerAway, strconv.FormatBool(away || s.UnreachableErr() != nil))
		w.Header().Set(headerSynced, strconv.FormatBool(synced && s.Synced()))
		w.Write(states)
	})
	mux.HandleFunc("GET /trouble", func(w http.ResponseWriter, _ *http.Request) {
		if err := cmp.Or(s.Err(), s.LogErr(), s.UnreachableErr()); err != nil {
			fmt.Fprint(w, err)
		} else if !s.Synced() {
			fmt.Fprint(w, "not synced")
		}
	})
	mux.HandleFunc("POST /snapshot", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Snapshot(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return mux
}

func stateOfUser(s *optout.Store, n uint64) byte {
	switch s.OptOut(uidOf(n)).State {
	case bidstream.OptedOut:
		return saysOptedOut
	case bidstream.NotOptedOut:
		return saysNotOptedOut
	default:
		return saysUnknown
	}
}

// fleetNode is a node in a process of its own, which may be killed and restarted.
type fleetNode struct {
	name string
	dir  string // with its files
	urls string

	mu      sync.Mutex
	process *exec.Cmd // nil while it isn't running
	addr    string
	started time.Time // when the process was started
	resumed time.Time // when the process was last resumed
}

func (n *fleetNode) file() string { return filepath.Join(n.dir, "optouts.db") }

// start starts the process, and returns once it answers, which may be long before it is synced.
func (n *fleetNode) start() error {
	text, err := json.Marshal(nodeSpec{n.file(), n.urls})
	if err != nil {
		return err
	}
	c := exec.Command(os.Args[0], "-test.run=^TestChaosNode$", "-test.timeout=0")
	c.Env = append(os.Environ(), nodeProcess+"="+string(text))
	c.SysProcAttr, c.Stderr = ownGroup(), os.Stderr
	if _, err := c.StdinPipe(); err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	started := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	stop := time.AfterFunc(20*time.Second, func() { c.Process.Kill() })
	defer stop.Stop()
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "127.0.0.1:") {
		rest, _ := io.ReadAll(lines)
		c.Process.Kill()
		c.Wait()
		return fmt.Errorf("%s doesn't start: %s%s", n.name, line, rest)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.process, n.addr, n.started, n.resumed = c, strings.TrimSpace(line), started, time.Time{}
	return nil
}

// ownGroup prevents a suspended process from being left behind: the kernel resumes, and sends
// SIGHUP to, the stopped processes of a group whose parent has ended.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// kill kills the process without warning. It may be called again.
func (n *fleetNode) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process != nil {
		n.process.Process.Kill()
		n.process.Wait() // reports that it was killed
		n.process, n.addr = nil, ""
	}
}

func (n *fleetNode) running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.process != nil
}

// stop suspends the process, and returns a function that resumes it.
func (n *fleetNode) stop() (goOn func() error, err error) {
	if !n.running() {
		return nil, errNotThere
	}
	process := n.process.Process
	return func() error {
		n.mu.Lock()
		n.resumed = time.Now()
		n.mu.Unlock()
		return process.Signal(syscall.SIGCONT)
	}, process.Signal(syscall.SIGSTOP)
}

// answer is what a node answered for users with consecutive numbers.
type answer struct {
	from    uint64
	states  []byte
	synced  bool      // before and after
	away    bool      // before or after, it reported that it doesn't receive other nodes' opt-outs
	asked   time.Time // before it was asked
	started time.Time // when its process was started
	resumed time.Time // when its process was last resumed; zero if never
}

var errNotThere = errors.New("the node isn't there")

// ask asks about users with numbers from..below-1.
func (n *fleetNode) ask(ctx context.Context, from, below uint64) (a answer, err error) {
	n.mu.Lock()
	a.from, a.started, a.asked = from, n.started, time.Now()
	n.mu.Unlock()
	response, err := n.request(ctx, "GET", fmt.Sprintf("/states/%d/%d", from, below))
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	a.states, err = io.ReadAll(response.Body)
	a.away, a.synced = response.Header.Get(headerAway) == "true", response.Header.Get(headerSynced) == "true"
	n.mu.Lock()
	defer n.mu.Unlock()
	a.resumed = n.resumed // perhaps resumed in the meantime
	if n.started != a.started {
		return a, errNotThere
	}
	return a, err
}

// record sends an opt-out, and reports whether the node acknowledged it.
func (n *fleetNode) record(ctx context.Context, number uint64) bool {
	response, err := n.request(ctx, "POST", fmt.Sprintf("/record/%d", number))
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// trouble returns the problem that the node reports, or "".
func (n *fleetNode) trouble(ctx context.Context) string {
	response, err := n.request(ctx, "GET", "/trouble")
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// snapshot makes the node write a snapshot, if it can.
func (n *fleetNode) snapshot(ctx context.Context) {
	if response, err := n.request(ctx, "POST", "/snapshot"); err == nil {
		response.Body.Close()
	}
}

var nodeClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// request sends a request to the current process.
func (n *fleetNode) request(ctx context.Context, method, path string) (*http.Response, error) {
	n.mu.Lock()
	addr := n.addr
	n.mu.Unlock()
	if addr == "" {
		return nil, errNotThere
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, nil)
	if err != nil {
		return nil, err
	}
	return nodeClient.Do(r)
}
