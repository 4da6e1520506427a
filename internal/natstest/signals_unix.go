//go:build unix

package natstest

import (
	"syscall"
	"time"
)

// Reload has server i, which must be running, reload its configuration with another part of the
// options. It doesn't wait for that.
func (p *Processes) Reload(i int, config string) error {
	p.specs[i].more = config
	if err := p.configure(i); err != nil {
		return err
	}
	return p.Signal(i, syscall.SIGHUP)
}

// LameDuck has server i, which must be running, hand over what it leads and send its clients to
// other servers, and waits until it has ended.
func (p *Processes) LameDuck(i int) error {
	if err := p.Signal(i, syscall.SIGUSR2); err != nil {
		return err
	}
	c := p.running[i].Process
	timer := time.AfterFunc(30*time.Second, func() { c.Kill() })
	defer timer.Stop()
	p.wait(i)
	return nil
}

// LameDuck has server i hand over what it does to the others, and waits until it has ended.
func (c *Cluster) LameDuck(i int) {
	c.t.Helper()
	c.must(c.p.LameDuck(i))
}

// Reload has server i reload its configuration with another part of the options. It doesn't wait
// for that.
func (c *Cluster) Reload(i int, config string) {
	c.t.Helper()
	c.must(c.p.Reload(i, config))
}
