package natstest

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Processes is a number of NATS servers, each in a process of its own. They end when this process
// does.
type Processes struct {
	specs   []spec
	configs string // directory of the configuration files
	attr    *syscall.SysProcAttr
	running []*process // nil for a server that isn't running
}

// process is a server that runs until its standard input ends.
type process struct {
	*exec.Cmd
	stdin io.Closer
}

// ready is what such a process prints when it accepts connections.
const ready = "ready"

// StartProcesses starts a server for each directory, which holds its streams. They form a cluster
// if there are several. They keep their addresses when they are killed and started again. Each
// process is started with attr, which may be nil.
func StartProcesses(dirs []string, o Options, attr *syscall.SysProcAttr) (*Processes, error) {
	configs, err := os.MkdirTemp("", "natstest")
	if err != nil {
		return nil, err
	}
	p := &Processes{configs: configs, attr: attr}
	if err := p.Join(dirs, o); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Join starts a server for each directory, which join the cluster of those that are there.
func (p *Processes) Join(dirs []string, o Options) error {
	specs, err := layout(p.specs, dirs, o)
	if err != nil {
		return err
	}
	first := len(p.specs)
	p.specs = specs
	p.running = append(p.running, make([]*process, len(dirs))...)
	for i := first; i < len(specs); i++ {
		if err := p.Start(i); err != nil {
			return err
		}
	}
	return nil
}

// Start starts server i, which must not be running, and returns once it accepts connections.
func (p *Processes) Start(i int) error {
	version := newest
	if p.specs[i].oldest {
		version = oldest
	}
	file, err := version()
	if err != nil {
		return err
	}
	if err := p.configure(i); err != nil {
		return err
	}
	c := exec.Command(file, p.configFile(i))
	c.SysProcAttr, c.Stderr = p.attr, os.Stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	p.running[i] = &process{c, stdin}
	timer := time.AfterFunc(30*time.Second, func() { c.Process.Kill() })
	defer timer.Stop()
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line = strings.TrimSpace(line); line != ready {
		p.Kill(i)
		return fmt.Errorf("natstest: server %d doesn't start: %s", i, cmp.Or(line, "it ended"))
	}
	return nil
}

func (p *Processes) configFile(i int) string { return filepath.Join(p.configs, p.specs[i].name) }

// configure writes the configuration file of server i.
func (p *Processes) configure(i int) error {
	return os.WriteFile(p.configFile(i), []byte(p.specs[i].config+p.specs[i].more+"\n"), 0o600)
}

// Upgrade makes the next start of server i one of the newest version.
func (p *Processes) Upgrade(i int) { p.specs[i].oldest = false }

// Stop shuts server i down properly. It may be called more than once.
func (p *Processes) Stop(i int) {
	if c := p.running[i]; c != nil {
		c.stdin.Close()
		timer := time.AfterFunc(30*time.Second, func() { c.Process.Kill() })
		defer timer.Stop()
		p.wait(i)
	}
}

// Kill kills server i without warning. It may be called more than once.
func (p *Processes) Kill(i int) {
	if c := p.running[i]; c != nil {
		c.Process.Kill()
		p.wait(i)
	}
}

func (p *Processes) wait(i int) {
	p.running[i].Wait() // reports that it was killed, if it was
	p.running[i] = nil
}

// Running reports whether server i is running: started, and neither stopped nor killed since.
func (p *Processes) Running(i int) bool { return p.running[i] != nil }

// Signal sends a signal to server i.
func (p *Processes) Signal(i int, s os.Signal) error {
	if !p.Running(i) {
		return os.ErrProcessDone
	}
	return p.running[i].Process.Signal(s)
}

// Close kills all servers.
func (p *Processes) Close() {
	for i := range p.running {
		p.Kill(i)
	}
	os.RemoveAll(p.configs)
}

// LeafURL returns the address of server i for leaf nodes.
func (p *Processes) LeafURL(i int) string {
	return fmt.Sprintf("nats://127.0.0.1:%d", p.specs[i].leafs)
}

// Name returns the name of server i.
func (p *Processes) Name(i int) string { return p.specs[i].name }

// URLs returns the addresses of all servers, separated by commas.
func (p *Processes) URLs() string {
	all := make([]string, len(p.specs))
	for i := range p.specs {
		all[i] = p.specs[i].url()
	}
	return strings.Join(all, ",")
}
