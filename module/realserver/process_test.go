//go:build pbstree

package realserver_test

import (
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a Prebid Server of its own. Its directory is the server's working directory.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string
	output string        // the file with its standard output and error
	exited chan struct{} // closed when it is gone
}

// startProcess runs the server in a directory that has its configuration. It ends with the test.
func startProcess(t *testing.T, v *version, dir string, env []string) *process {
	t.Helper()
	static := filepath.Join(dir, "static")
	if err := os.Symlink(v.static, static); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	p := &process{t: t, dir: dir, output: filepath.Join(dir, "output"), exited: make(chan struct{})}
	p.cmd = exec.Command(v.binary, "-logtostderr") // log files would lose what was said last
	p.cmd.Dir = dir
	p.cmd.Env = append(environment(), env...)
	output, err := os.OpenFile(p.output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	p.cmd.Stdout, p.cmd.Stderr = output, output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait() // ProcessState says how it ended
		close(p.exited)
	}()
	t.Cleanup(p.kill)
	return p
}

// environment is ours without settings of Prebid Server and of proxies.
func environment() (env []string) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasPrefix(name, "PBS_") && !strings.HasSuffix(name, "_PROXY") {
			env = append(env, variable)
		}
	}
	return env
}

// await waits until the server answers at an address, or has ended, and reports whether it answers.
func (p *process) await(url string) bool {
	for {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return true
		}
		select {
		case <-p.exited:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// stop sends SIGTERM and wants a clean end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	<-p.exited
	logs := p.logs()
	if !p.cmd.ProcessState.Success() {
		p.t.Errorf("the server ended with %v\n%s", p.cmd.ProcessState, tail(logs))
	}
	if !strings.Contains(logs, "[PBS Router] shut down") || strings.Contains(logs, "Error shutting down module") {
		p.t.Errorf("Prebid Server did not shut its modules down\n%s", tail(logs))
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

// tail is the end of a server's log, which begins with its whole configuration: its last words, if it ended
// with an error, else the last lines.
func tail(logs string) string {
	if last := lastWords.FindString(logs); last != "" {
		return last
	}
	return logs[max(0, len(logs)-2000):]
}

// lastWords is the line with which Prebid Server refuses to go on. Stacks of goroutines come after it.
var lastWords = regexp.MustCompile(`(?m)^F[0-9]{4} .*`)

// freePort is a port on which nobody listens, outside of those that the system gives away by itself: a
// server gets it later.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := strconv.Itoa(15000 + rand.IntN(15000))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		listener.Close()
		return port
	}
	t.Fatal("no port is free")
	return ""
}
