// Package natstest starts real NATS servers with JetStream on loopback, for tests.
package natstest

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Cluster is some NATS servers in this process, which end with the test. It belongs to the test's goroutine.
type Cluster struct {
	t       testing.TB
	options []*server.Options
	servers []*server.Server
}

// Start starts n servers, which form a cluster if there are several. Their addresses stay the same when they are stopped and
// started again, and so does what they keep. change changes their options.
func Start(t testing.TB, n int, change ...func(*server.Options)) *Cluster {
	t.Helper()
	c := &Cluster{t: t, servers: make([]*server.Server, n)}
	var routes []string
	for i := range n {
		o := &server.Options{ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: freePort(t), JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true}
		if n > 1 {
			o.Cluster = server.ClusterOpts{Name: "optouts", Host: "127.0.0.1", Port: freePort(t)}
			routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", o.Cluster.Port))
		}
		for _, f := range change {
			f(o)
		}
		c.options = append(c.options, o)
	}
	for _, o := range c.options {
		o.Routes = server.RoutesFromStr(strings.Join(routes, ","))
	}
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
	s, err := server.NewServer(c.options[i].Clone())
	if err != nil {
		c.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		c.t.Fatal("the NATS server doesn't start")
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
	c.copy(dir, c.options[i].StoreDir)
	return dir
}

// Restore has server i, which is stopped, keep what it kept when a backup was made.
func (c *Cluster) Restore(i int, backup string) {
	c.t.Helper()
	if err := os.RemoveAll(c.options[i].StoreDir); err != nil {
		c.t.Fatal(err)
	}
	c.copy(c.options[i].StoreDir, backup)
}

func (c *Cluster) copy(to, from string) {
	c.t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		c.t.Fatal(err)
	}
}

// URLs returns the addresses of all servers, with commas between them.
func (c *Cluster) URLs() string {
	var urls []string
	for _, o := range c.options {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", o.Port))
	}
	return strings.Join(urls, ",")
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
