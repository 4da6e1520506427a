//go:build unix

package optout_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// TestFleetRotatesCredentials: the file with the nodes' credentials is replaced while opt-outs come
// in, and the old ones are revoked. One node is restarted before that; the other one reads the file
// again when the servers end its connection. Neither needs more.
func TestFleetRotatesCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := natstest.Credentials(dir); err != nil {
		t.Fatal(err)
	}
	config := func(name string) string { return string(read(t, filepath.Join(dir, name+".conf"))) }
	credentials := filepath.Join(dir, "node.creds")
	use := func(name string) {
		t.Helper()
		next := credentials + ".next"
		if err := os.WriteFile(next, read(t, filepath.Join(dir, name+".creds")), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, credentials); err != nil {
			t.Fatal(err)
		}
	}
	use("old")
	c := startWith(t, 3, natstest.Options{Config: config("both")})
	node := func() *optout.Store { t.Helper(); return c.nodeWith(t, credentials) }
	restarted, running := node(), node()
	f := flow(t, restarted, running)
	f.more(20)
	use("new")
	f.more(20)
	f.replace(restarted, node)
	f.more(20)
	for i := range 3 {
		c.Reload(i, config("new"))
		f.more(20)
	}
	revoked := c.nodeWith(t, filepath.Join(dir, "old.creds"))
	waitFor(t, func() bool {
		err := revoked.UnreachableErr()
		return errors.Is(err, optout.ErrUnreachable) && strings.Contains(strings.ToLower(err.Error()), "auth")
	})
	revoked.Close()
	f.end(node)
}

// nodeWith opens a node with a new file, which connects with credentials.
func (c *cluster) nodeWith(t *testing.T, credentials string) *optout.Store {
	t.Helper()
	log, err := optout.ConnectJetStream(optout.Servers{URLs: c.URLs(), CredentialsFile: credentials}, optout.StreamConfig{Replicas: 3}, openFile(t, path(t)))
	if err != nil {
		t.Fatal(err)
	}
	s := optout.Open(log)
	t.Cleanup(func() { s.Close() })
	return s
}
