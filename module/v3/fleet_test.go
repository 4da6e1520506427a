package module_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// fleetNode, in the environment, makes this test binary a node of a fleet: a Prebid Server with the module.
const fleetNode = "MODULE_TEST_FLEET_NODE"

// nodeConfig is what fleetNode says.
type nodeConfig struct {
	Module json.RawMessage // its section of the configuration
	Bidder string          // where thetradedesk is
}

// nodeAddr is what a node says when it serves: where Prebid Server is, and its receiver of opt-outs.
type nodeAddr struct{ PBS, Receiver string }

// runNode is the child process. It ends with its standard input, and after two minutes.
func runNode(text string) error {
	var config nodeConfig
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return err
	}
	m, err := module.New(config.Module)
	if err != nil {
		return err
	}
	defer pbstest.RemoveLogs()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := m.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		return err
	}
	server, err := pbstest.New(pbstest.Config{
		Modules: map[string]any{module.Code: m},
		Bidders: []pbstest.Bidder{{Name: "thetradedesk", Endpoint: config.Bidder}},
	})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(nodeAddr{server.URL, "http://" + m.ReceiverAddr().String()}); err != nil {
		return err
	}
	time.AfterFunc(2*time.Minute, func() { os.Exit(3) })
	_, err = io.Copy(io.Discard, os.Stdin)
	server.Close()
	return err
}

// fleet is three nodes in processes of their own, with an operator, bidders and a NATS cluster in this one.
type fleet struct {
	t        *testing.T
	operator *uid2test.Server
	nats     *natstest.Cluster
	nodes    [3]*node
	sent     map[int]uid2test.TokenSpec // users whose opt-out was answered 200, by number
}

// node is one of them.
type node struct {
	*exec.Cmd
	config   nodeConfig
	receiver string
	pbs      string
	dsp      *pbstest.DSP
	stop     io.Closer
}

func newFleet(t *testing.T) *fleet {
	f := &fleet{t: t, operator: uid2test.NewServer(uid2test.WithEnvironment(codec.EnvironmentProduction)), nats: natstest.Start(t, 3, natstest.Options{}), sent: make(map[int]uid2test.TokenSpec)}
	t.Cleanup(f.operator.Close)
	for i := range f.nodes {
		dsp := pbstest.NewDSP(pbstest.DSPConfig{Keep: 1})
		t.Cleanup(dsp.Close)
		client := f.operator.Client()
		section, err := json.Marshal(map[string]any{
			"enabled": true,
			"uid2":    map[string]any{"base_url": f.operator.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret},
			"bidders": []any{map[string]any{"name": "thetradedesk"}},
			"opt_outs": map[string]any{"store": filepath.Join(t.TempDir(), "optouts.db"), "listen": "127.0.0.1:0", "bearer_token": "t0ken",
				"nats": map[string]any{"urls": f.nats.URLs(), "replicas": 3}},
		})
		if err != nil {
			t.Fatal(err)
		}
		f.nodes[i] = &node{config: nodeConfig{section, dsp.Endpoint("thetradedesk")}, dsp: dsp}
		f.start(f.nodes[i])
		t.Cleanup(func() { f.nodes[i].end() })
	}
	return f
}

// start starts a node's process and waits until it serves. It may not be synced yet.
func (f *fleet) start(n *node) {
	f.t.Helper()
	config, err := json.Marshal(n.config)
	if err != nil {
		f.t.Fatal(err)
	}
	n.Cmd = exec.Command(os.Args[0])
	n.Env = append(os.Environ(), fleetNode+"="+string(config))
	n.Stderr = os.Stderr
	if n.stop, err = n.StdinPipe(); err != nil {
		f.t.Fatal(err)
	}
	out, err := n.StdoutPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := n.Start(); err != nil {
		f.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		f.t.Fatalf("a node doesn't start: %v", err)
	}
	var addr nodeAddr
	if err := json.Unmarshal(line, &addr); err != nil {
		f.t.Fatal(err)
	}
	n.pbs, n.receiver = addr.PBS, addr.Receiver
}

// end lets a node end by itself.
func (n *node) end() {
	n.stop.Close()
	n.Wait()
}

// user is one of many, with a raw UID of each version in turn.
func user(i int) uid2test.TokenSpec {
	return uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i), RawUIDVersion: codec.V2 + codec.Version(i%3)}
}

// optOut sends the webhook to a node, with the raw UID as the service has it, and returns the answer.
func (f *fleet) optOut(n *node, i int) (status int) {
	f.t.Helper()
	id := f.operator.RawUID(user(i)).Canonical().Reveal() // version 4 has lost its environment
	request, err := http.NewRequestWithContext(context.Background(), "GET", n.receiver+"/?timestamp=1700000000&uid2="+url.QueryEscape(id), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer t0ken")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode == http.StatusOK {
		f.sent[i] = user(i)
	}
	return response.StatusCode
}

// verdict plays an auction at a node and returns what its bidder was told.
func (f *fleet) verdict(n *node, spec uid2test.TokenSpec) (got annotation) {
	f.t.Helper()
	request := fmt.Sprintf(`{"id":"r","tmax":20000,"site":{"domain":"example.com","page":"https://example.com/"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q}]}]},
		"imp":[{"id":"i","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{"thetradedesk":{"publisherId":"1","supplySourceId":"s"}}}}}]}`, f.operator.Token(spec))
	response, err := http.Post(n.pbs+"/openrtb2/auction", "application/json", strings.NewReader(request))
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	requests := n.dsp.Requests("thetradedesk")
	if response.StatusCode != 200 || len(requests) == 0 {
		f.t.Fatalf("an auction is answered %d: %s", response.StatusCode, answer)
	}
	if all := uids(f.t, requests[len(requests)-1]); len(all) == 1 && all[0].UID2 != nil {
		got = *all[0].UID2
	}
	if raw := f.operator.RawUID(spec).Reveal(); got.Raw == "" && strings.Contains(string(requests[len(requests)-1]), raw) || strings.Contains(string(answer), raw) {
		f.t.Error("a raw UID is where it mustn't be")
	}
	return got
}

// withhold waits until all nodes withhold all who opted out, and tells how long it took.
func (f *fleet) withhold(nodes ...*node) time.Duration {
	f.t.Helper()
	start := time.Now()
	for _, spec := range f.sent {
		for i, n := range nodes {
			for f.verdict(n, spec).Status != "UserOptedOut" {
				if time.Since(start) > 30*time.Second {
					f.t.Fatalf("node %d of %d doesn't withhold", i, len(nodes))
				}
				time.Sleep(time.Millisecond)
			}
		}
	}
	return time.Since(start)
}

// synced waits until a node gives raw UIDs of somebody who has not opted out.
func (f *fleet) synced(n *node) {
	f.t.Helper()
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		got := f.verdict(n, uid2test.TokenSpec{Email: "nobody@example.com"})
		if got.Raw != "" {
			return
		}
		if got.Status != "Success" || got.OptedOut != nil || time.Since(start) > 60*time.Second {
			f.t.Fatalf("a node that isn't synced says %s", got.Status)
		}
	}
}

// TestFleetOfProcesses: what enters at any node is withheld by all; a node that was killed withholds until it has caught up;
// without the stream nothing is acknowledged, and nothing that was is lost.
func TestFleetOfProcesses(t *testing.T) {
	f := newFleet(t)
	for _, n := range f.nodes {
		f.synced(n)
	}
	longest := time.Duration(0)
	for i := range 30 {
		if status := f.optOut(f.nodes[i%3], i); status != 200 {
			t.Fatalf("opt-out %d is answered %d", i, status)
		}
		start := time.Now()
		for _, n := range f.nodes {
			for f.verdict(n, user(i)).Status != "UserOptedOut" {
				if time.Since(start) > 30*time.Second {
					t.Fatalf("opt-out %d isn't known everywhere", i)
				}
			}
		}
		longest = max(longest, time.Since(start))
	}
	t.Logf("three auctions after an opt-out all withhold; the longest took %v", longest)

	away := f.nodes[2]
	if err := away.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	away.Wait()
	for i := 30; i < 60; i++ {
		if status := f.optOut(f.nodes[i%2], i); status != 200 {
			t.Fatalf("without a node opt-out %d is answered %d", i, status)
		}
	}
	f.start(away)
	for i := 59; i >= 0; i-- { // from its first auction on
		if got := f.verdict(away, user(i)); got.Raw != "" || got.OptedOut != nil && !*got.OptedOut {
			t.Fatalf("a node that came back gives the raw UID of user %d away: %s", i, got.Status)
		}
	}
	f.synced(away)
	for i := range 60 {
		if got := f.verdict(away, user(i)); got.Status != "UserOptedOut" {
			t.Fatalf("synced, and user %d is %s", i, got.Status)
		}
	}

	for i := range 3 {
		f.nats.Stop(i)
	}
	for i := 60; i < 63; i++ {
		if status := f.optOut(f.nodes[i%3], i); status != 503 {
			t.Errorf("without the stream an opt-out is answered %d", status)
		}
	}
	f.withhold(f.nodes[:]...)
	for i := range 3 {
		f.nats.Start(i)
	}
	for i := 60; i < 63; i++ { // the service sends them again
		for start := time.Now(); f.optOut(f.nodes[i%3], i) != 200; {
			if time.Since(start) > 60*time.Second {
				t.Fatal("the stream is back, and the receiver answers 503")
			}
		}
	}
	t.Logf("all %d withheld everywhere %v after the stream came back", len(f.sent), f.withhold(f.nodes[:]...))
}
