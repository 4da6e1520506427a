//go:build pbstree

package realserver_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

// process is a Prebid Server that ends with a test, at the latest.
type process struct {
	*pbstree.Process
	t *testing.T
}

// startProcess runs the server in a directory that has its configuration.
func startProcess(t *testing.T, v *version, dir string, env []string) *process {
	t.Helper()
	p, err := v.Start(dir, env...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return &process{p, t}
}

// stop sends SIGTERM and wants a clean end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.Stop(); err != nil {
		p.t.Error(err)
	}
}

// logs is everything that the server has written.
func (p *process) logs() string {
	p.t.Helper()
	text, err := p.Logs()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// freePort is a port on which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := pbstree.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
