// Package natstest starts real NATS servers with JetStream on loopback, for tests: in the test's own process, or each in a
// process of its own, which can be killed.
package natstest

import (
	"os"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// Cluster is some NATS servers in this process, which end with the test. It belongs to the test's goroutine.
type Cluster struct {
	t       testing.TB
	specs   []spec
	change  []func(*server.Options)
	servers []*server.Server
}

// Start starts n servers, which form a cluster if there are several. Their addresses stay the same when they are stopped and
// started again, and so does what they keep. change changes their options.
func Start(t testing.TB, n int, change ...func(*server.Options)) *Cluster {
	t.Helper()
	dirs := make([]string, n)
	for i := range dirs {
		dirs[i] = t.TempDir()
	}
	specs, err := layout(dirs, false)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{t: t, specs: specs, change: change, servers: make([]*server.Server, n)}
	for i := range n {
		c.Start(i)
	}
	t.Cleanup(func() {
		for i := range c.servers {
			c.Stop(i)
		}
	})
	return c
}

// Start starts server i again.
func (c *Cluster) Start(i int) {
	c.t.Helper()
	s, err := c.specs[i].start(c.change...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.servers[i] = s
}

// Stop ends server i. It may be called again.
func (c *Cluster) Stop(i int) {
	if c.servers[i] != nil {
		c.servers[i].Shutdown()
		c.servers[i].WaitForShutdown()
		c.servers[i] = nil
	}
}

// Backup copies what server i, which is stopped, keeps.
func (c *Cluster) Backup(i int) (dir string) {
	c.t.Helper()
	dir = c.t.TempDir()
	c.copy(dir, c.specs[i].Dir)
	return dir
}

// Restore has server i, which is stopped, keep what it kept when a backup was made.
func (c *Cluster) Restore(i int, backup string) {
	c.t.Helper()
	if err := os.RemoveAll(c.specs[i].Dir); err != nil {
		c.t.Fatal(err)
	}
	c.copy(c.specs[i].Dir, backup)
}

func (c *Cluster) copy(to, from string) {
	c.t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		c.t.Fatal(err)
	}
}

// URLs returns the addresses of all servers, with commas between them.
func (c *Cluster) URLs() string { return urls(c.specs) }
