package natstest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// inProcess, in the environment, makes this program a NATS server with the spec that is its value.
const inProcess = "NATSTEST_SERVER"

// ready is what such a process writes when it takes connections.
const ready = "ready"

// ServeProcess returns at once, unless this process was started by [StartProcesses]: then it is a NATS server until it is
// killed or whoever started it ends. Programs call it first of all.
func ServeProcess() {
	text := os.Getenv(inProcess)
	if text == "" {
		return
	}
	var s spec
	err := json.Unmarshal([]byte(text), &s)
	if err == nil {
		_, err = s.start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(ready)
	io.Copy(io.Discard, os.Stdin) // it ends when the other end of the pipe is gone, however that came about
	os.Exit(0)
}

// Processes is some NATS servers in processes of their own: this program, started again.
type Processes struct {
	specs   []spec
	attr    *syscall.SysProcAttr
	running []*exec.Cmd // nil where none runs
}

// StartProcesses starts a server for each directory, in which it keeps its streams. They form a cluster if there are several,
// and acknowledge what their disks have. Their addresses stay the same when they are killed and started again. Each process is
// started with attr, which may be nil.
func StartProcesses(dirs []string, attr *syscall.SysProcAttr) (*Processes, error) {
	specs, err := layout(dirs, true)
	if err != nil {
		return nil, err
	}
	p := &Processes{specs: specs, attr: attr, running: make([]*exec.Cmd, len(dirs))}
	for i := range dirs {
		if err := p.Start(i); err != nil {
			p.Close()
			return nil, err
		}
	}
	return p, nil
}

// Start starts server i, which doesn't run, and returns once it takes connections.
func (p *Processes) Start(i int) error {
	text, err := json.Marshal(p.specs[i])
	if err != nil {
		return err
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), inProcess+"="+string(text))
	c.SysProcAttr, c.Stderr = p.attr, os.Stderr
	if _, err := c.StdinPipe(); err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	p.running[i] = c
	timer := time.AfterFunc(30*time.Second, func() { c.Process.Kill() })
	defer timer.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if line = strings.TrimSpace(line); line != ready {
		p.Kill(i)
		return fmt.Errorf("natstest: server %d doesn't start: %s %w", i, line, err)
	}
	return nil
}

// Kill ends server i without a word, as the kernel does. It may be called again.
func (p *Processes) Kill(i int) {
	if c := p.running[i]; c != nil {
		c.Process.Kill()
		c.Wait() // which says that it was killed
		p.running[i] = nil
	}
}

// Running reports whether server i was started and not killed since.
func (p *Processes) Running(i int) bool { return p.running[i] != nil }

// Signal sends a signal to server i.
func (p *Processes) Signal(i int, s os.Signal) error {
	if !p.Running(i) {
		return os.ErrProcessDone
	}
	return p.running[i].Process.Signal(s)
}

// Close ends all servers.
func (p *Processes) Close() {
	for i := range p.running {
		p.Kill(i)
	}
}

// URLs returns the addresses of all servers, with commas between them.
func (p *Processes) URLs() string { return urls(p.specs) }
