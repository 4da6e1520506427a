//go:build pbstree

// Package realserver_test plays auctions with real Prebid Server programs that have the module.
package realserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestRealTree puts this checkout into the real source tree of Prebid Server, builds the real server, runs it with a
// configuration file, and plays an auction through it. It needs a minute, the go command and, the first time, the Go
// module proxy.
func TestRealTree(t *testing.T) {
	tree, binary := filepath.Join(t.TempDir(), "tree"), filepath.Join(t.TempDir(), "prebid-server")
	if err := os.CopyFS(tree, os.DirFS(prebidServer(t))); err != nil {
		t.Fatal(err)
	}
	register(t, "-tree", tree, "-o", binary)
	if said := register(t, "-tree", tree); strings.Count(said, "unchanged  ") != 6 {
		t.Fatalf("registering again: %s", said)
	}

	operator := uid2test.NewServer()
	t.Cleanup(operator.Close)
	dsp := pbstest.NewDSP(pbstest.DSPConfig{})
	t.Cleanup(dsp.Close)
	server := startServer(t, tree, binary, operator, dsp)

	spec := uid2test.TokenSpec{Version: codec.V4, Email: "user@example.com"}
	token, raw := operator.Token(spec), operator.RawUID(spec).Reveal()
	server.auctionUntil(dsp, token, raw)

	annotation := annotationOf(t, last(dsp.Requests("thetradedesk")))
	if annotation.Status != "Success" || annotation.Raw != raw {
		t.Errorf("thetradedesk got status %q, and the right raw UID: %t", annotation.Status, annotation.Raw == raw)
	}
	if got := string(last(dsp.Requests("appnexus"))); !strings.Contains(got, token) || strings.Contains(got, `"uid2":`) {
		t.Error("appnexus, which isn't listed, did not get the token alone")
	}

	server.stop()
	logged := server.logs()
	for name, secret := range map[string]string{
		"raw UID": raw, "token": token, "API key": operator.Client().APIKey, "client secret": operator.Client().ClientSecret,
	} {
		if strings.Contains(logged, secret) {
			t.Errorf("the %s is in the log", name)
		}
	}
	register(t, "-tree", tree, "-undo")
	mustBePristine(t, tree)
	if !strings.Contains(logged, "[PBS Router] shut down") || strings.Contains(logged, "Error shutting down module") {
		t.Error("Prebid Server did not shut its modules down")
	}
}

// register runs the program of module/register, which takes the checkout in which it is run.
func register(t *testing.T, args ...string) (said string) {
	t.Helper()
	c := exec.Command("go", append([]string{"run", "github.com/uid2rtb/uid2rtb/module/register"}, args...)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// mustBePristine wants a tree without the module to be as it was.
func mustBePristine(t *testing.T, tree string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum", "modules/builder.go"} {
		was, err := os.ReadFile(filepath.Join(prebidServer(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if is, err := os.ReadFile(filepath.Join(tree, name)); err != nil || !bytes.Equal(is, was) {
			t.Errorf("%s isn't as it was, %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(tree, "modules", "uid2")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("modules/uid2 is left, %v", err)
	}
}

// prebidServer is the source of the Prebid Server with which the binding is built.
func prebidServer(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/prebid/prebid-server/v3").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// process is a Prebid Server of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	output string        // the file with its standard output and error
	exited chan struct{} // closed when it is gone
}

// startServer runs binary in tree, where it finds its static files and pbs.yaml, until it answers.
func startServer(t *testing.T, tree, binary string, operator *uid2test.Server, dsp *pbstest.DSP) *process {
	t.Helper()
	port := freePort(t)
	secretFile := filepath.Join(t.TempDir(), "client-secret")
	if err := os.WriteFile(secretFile, []byte(operator.Client().ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	writeConfig(t, filepath.Join(tree, "pbs.yaml"), map[string]string{
		"Port":       port,
		"Nowhere":    "http://127.0.0.1:" + freePort(t),
		"Listed":     dsp.Endpoint("thetradedesk") + "/{{.SupplyId}}",
		"Unlisted":   dsp.Endpoint("appnexus"),
		"Operator":   operator.URL,
		"SecretFile": secretFile,
	})
	p := &process{t: t, url: "http://127.0.0.1:" + port, output: filepath.Join(t.TempDir(), "output"), exited: make(chan struct{})}
	p.cmd = exec.Command(binary, "-logtostderr") // log files would lose what was said last
	p.cmd.Dir = tree
	p.cmd.Env = append(environment(), "PBS_HOOKS_MODULES_UID2_DECRYPT_UID2_API_KEY="+operator.Client().APIKey)
	output, err := os.Create(p.output)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { output.Close() })
	p.cmd.Stdout, p.cmd.Stderr = output, output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait() // ProcessState tells how it ended
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.exited
	})
	for !p.answers() {
		p.pause()
	}
	return p
}

// environment is ours without settings of Prebid Server.
func environment() (env []string) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PBS_") {
			env = append(env, variable)
		}
	}
	return env
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func writeConfig(t *testing.T, path string, values map[string]string) {
	t.Helper()
	config, err := template.ParseFiles("testdata/pbs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := config.Option("missingkey=error").Execute(&text, values); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *process) answers() bool {
	response, err := http.Get(p.url + "/status")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode < 300
}

// pause waits a moment between two tries. It ends the test if the server has gone; go test's own timeout bounds all.
func (p *process) pause() {
	p.t.Helper()
	select {
	case <-p.exited:
		p.t.Fatalf("the server has ended: %v\n%s", p.cmd.ProcessState, p.logs())
	case <-time.After(20 * time.Millisecond):
	}
}

// auctionUntil plays auctions until the listed bidder receives the raw UID: the server doesn't wait for its keys.
func (p *process) auctionUntil(dsp *pbstest.DSP, token, raw string) {
	p.t.Helper()
	request := fmt.Sprintf(`{"id":"r1","tmax":5000,"site":{"page":"https://example.com/","publisher":{"id":"account"}},
		"imp":[{"id":"i1","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{
			"thetradedesk":{"publisherId":"1","supplySourceId":"supply"},"appnexus":{"placement_id":1}}}}}],
		"user":{"eids":[{"source":"uidapi.com","uids":[{"id":%q,"atype":3}]}]}}`, token)
	for deadline := time.Now().Add(time.Minute); ; p.pause() {
		response, err := http.Post(p.url+"/openrtb2/auction", "application/json", strings.NewReader(request))
		if err != nil {
			p.t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"seatbid"`)) {
			p.t.Fatalf("auction: status %d, %v: %s", response.StatusCode, err, answer)
		}
		if annotationOf(p.t, last(dsp.Requests("thetradedesk"))).Raw == raw {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("thetradedesk never got the raw UID; the server logged:\n%s", p.logs())
		}
	}
}

// stop sends SIGTERM and wants a clean end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	<-p.exited
	if !p.cmd.ProcessState.Success() {
		p.t.Errorf("the server ended with %v\n%s", p.cmd.ProcessState, p.logs())
	}
}

// logs is everything that the server has written.
func (p *process) logs() string {
	p.t.Helper()
	text, err := os.ReadFile(p.output)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func last(requests [][]byte) []byte {
	if len(requests) == 0 {
		return nil
	}
	return requests[len(requests)-1]
}

// annotation is what this test reads of ext.uid2.
type annotation struct{ Status, Raw string }

// annotationOf reads the annotation of the first uid in a request of the OpenRTB 2.5 form.
func annotationOf(t *testing.T, body []byte) (a annotation) {
	t.Helper()
	var request openrtb2.BidRequest
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatalf("the bidder's request: %v", err)
	}
	var ext struct {
		EIDs []struct {
			UIDs []struct{ Ext struct{ UID2 annotation } }
		}
	}
	if request.User == nil || json.Unmarshal(request.User.Ext, &ext) != nil || len(ext.EIDs) == 0 || len(ext.EIDs[0].UIDs) == 0 {
		t.Fatalf("no uid in the bidder's request: %s", body)
	}
	return ext.EIDs[0].UIDs[0].Ext.UID2
}
