package pbstree

import (
	"errors"
	"fmt"
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
	"time"
)

// Process is a Prebid Server of its own. Its directory is the server's working directory.
type Process struct {
	cmd    *exec.Cmd
	output string        // the file with its standard output and error
	exited chan struct{} // closed when it is gone
}

// Start runs the server in a directory that has its configuration, pbs.yaml, with more variables
// in its environment. What it writes is added to the file "output" of the directory.
func (b *Built) Start(dir string, env ...string) (*Process, error) {
	if err := os.Symlink(b.Static, filepath.Join(dir, "static")); err != nil && !os.IsExist(err) {
		return nil, err
	}
	p := &Process{output: filepath.Join(dir, "output"), exited: make(chan struct{})}
	p.cmd = exec.Command(b.Binary, "-logtostderr") // log files would lose what was said last
	p.cmd.Dir = dir
	p.cmd.Env = append(environment(), env...)
	output, err := os.OpenFile(p.output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	p.cmd.Stdout, p.cmd.Stderr = output, output
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() // State says how it ended
		close(p.exited)
	}()
	return p, nil
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

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited is closed when the process is gone.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// State says how the process ended; nil while it lives.
func (p *Process) State() *os.ProcessState {
	select {
	case <-p.exited:
		return p.cmd.ProcessState
	default:
		return nil
	}
}

// Await waits until the server answers at an address, or has ended, and reports whether it answers.
func (p *Process) Await(url string) bool {
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

// Kill ends the process at once.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// Stop sends SIGTERM. It is an error if the process doesn't end cleanly, with its modules shut
// down.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.exited
	logs, err := p.Logs()
	if err != nil {
		return err
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("the server ended with %v\n%s", p.cmd.ProcessState, Tail(logs))
	}
	if !strings.Contains(logs, "[PBS Router] shut down") || strings.Contains(logs, "Error shutting down module") {
		return fmt.Errorf("the server did not shut its modules down\n%s", Tail(logs))
	}
	return nil
}

// Logs is everything that the server has written.
func (p *Process) Logs() (string, error) {
	text, err := os.ReadFile(p.output)
	return string(text), err
}

// Tail is the end of a server's log, which begins with its whole configuration: its last words, if
// it ended with an error, else the last lines.
func Tail(logs string) string {
	if last := LastWords(logs); last != "" {
		return last
	}
	return logs[max(0, len(logs)-2000):]
}

// LastWords is the line with which Prebid Server refuses to go on; empty if there is none. Stacks
// of goroutines come after it.
func LastWords(logs string) string { return lastWords.FindString(logs) }

var lastWords = regexp.MustCompile(`(?m)^F[0-9]{4} .*`)

// FreePort is a port on which nobody listens, outside of those that the system gives away by
// itself: a server gets it later.
func FreePort() (port string, err error) {
	for range 1000 {
		port := strconv.Itoa(15000 + rand.IntN(15000))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		listener.Close()
		return port, nil
	}
	return "", errors.New("no port is free")
}
