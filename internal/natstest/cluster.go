package natstest

import (
	"os"
	"testing"
)

// Cluster is some NATS servers, which end with the test. It belongs to the test's goroutine.
type Cluster struct {
	t testing.TB
	p *Processes
}

// Start starts n servers, which form a cluster if there are several. Their addresses stay the same when they are stopped and
// started again, and so does what they keep.
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

// Stop ends server i in an orderly way. It may be called again.
func (c *Cluster) Stop(i int) { c.p.Stop(i) }

// Backup copies what server i, which is stopped, keeps.
func (c *Cluster) Backup(i int) (dir string) {
	c.t.Helper()
	dir = c.t.TempDir()
	c.copy(dir, c.p.specs[i].dir)
	return dir
}

// Restore has server i, which is stopped, keep what it kept when a backup was made.
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

// URLs returns the addresses of all servers, with commas between them.
func (c *Cluster) URLs() string { return c.p.URLs() }
