package natstest

import (
	"os"
	"testing"
)

// Cluster is a number of NATS servers, which are stopped at the end of the test. It must only be
// used by the test's goroutine.
type Cluster struct {
	t testing.TB
	p *Processes
}

// Start starts n servers, which form a cluster if there are several. They keep their addresses and
// their data when they are stopped and started again.
func Start(t testing.TB, n int, o Options) *Cluster {
	t.Helper()
	dirs := make([]string, n)
	for i := range dirs {
		dirs[i] = t.TempDir()
	}
	p, err := StartProcesses(dirs, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return &Cluster{t, p}
}

// Start starts server i again.
func (c *Cluster) Start(i int) {
	c.t.Helper()
	if err := c.p.Start(i); err != nil {
		c.t.Fatal(err)
	}
}

// Stop shuts server i down properly. It may be called more than once.
func (c *Cluster) Stop(i int) { c.p.Stop(i) }

// Backup copies the data of server i, which must be stopped.
func (c *Cluster) Backup(i int) (dir string) {
	c.t.Helper()
	dir = c.t.TempDir()
	c.copy(dir, c.p.specs[i].dir)
	return dir
}

// Restore restores the data of server i, which must be stopped, from a backup.
func (c *Cluster) Restore(i int, backup string) {
	c.t.Helper()
	dir := c.p.specs[i].dir
	if err := os.RemoveAll(dir); err != nil {
		c.t.Fatal(err)
	}
	c.copy(dir, backup)
}

func (c *Cluster) copy(to, from string) {
	c.t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		c.t.Fatal(err)
	}
}

// URLs returns the addresses of all servers, separated by commas.
func (c *Cluster) URLs() string { return c.p.URLs() }
