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
	c.must(c.p.Start(i))
}

// Stop shuts server i down properly. It may be called more than once.
func (c *Cluster) Stop(i int) { c.p.Stop(i) }

// Kill kills server i without warning. It may be called more than once.
func (c *Cluster) Kill(i int) { c.p.Kill(i) }

// Join starts n more servers, which join the cluster.
func (c *Cluster) Join(n int, o Options) {
	c.t.Helper()
	dirs := make([]string, n)
	for i := range dirs {
		dirs[i] = c.t.TempDir()
	}
	c.must(c.p.Join(dirs, o))
}

// Upgrade makes the next start of server i one of the newest version.
func (c *Cluster) Upgrade(i int) { c.p.Upgrade(i) }

// LeafURL returns the address of server i for leaf nodes.
func (c *Cluster) LeafURL(i int) string { return c.p.LeafURL(i) }

// Name returns the name of server i.
func (c *Cluster) Name(i int) string { return c.p.Name(i) }

func (c *Cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

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
	c.must(os.RemoveAll(dir))
	c.copy(dir, backup)
}

func (c *Cluster) copy(to, from string) {
	c.t.Helper()
	c.must(os.CopyFS(to, os.DirFS(from)))
}

// URLs returns the addresses of all servers, separated by commas.
func (c *Cluster) URLs() string { return c.p.URLs() }
