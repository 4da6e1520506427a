// Package natstest starts real NATS servers with JetStream on loopback, for tests. Each is a
// process of its own, which can be stopped and killed. The program is built from the module in the
// directory server, so that importing the packages under test doesn't require a NATS server: from
// go.mod with the newest version of NATS, and from oldest.mod with the oldest that a fleet can use.
package natstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// newest and oldest return the paths of the servers' programs. The go command builds each once and
// caches it.
var (
	newest = sync.OnceValues(func() (string, error) { return program("go.mod") })
	oldest = sync.OnceValues(func() (string, error) { return program("oldest.mod") })
)

// program returns the path of the server's program with the versions of a module file.
func program(versions string) (string, error) {
	dir, err := goOutput("", "list", "-f", "{{.Dir}}", "github.com/uid2rtb/uid2rtb/internal/natstest")
	if err != nil {
		return "", err
	}
	return goOutput(filepath.Join(dir, "server"), "tool", "-modfile="+versions, "-n", "server")
}

// Credentials writes the credentials of two users of one account, old.creds and new.creds, to a
// directory, and two parts of a configuration: both.conf, with which a server lets both in, and
// new.conf, with which it revokes the first.
func Credentials(dir string) error {
	file, err := newest()
	if err != nil {
		return err
	}
	if out, err := exec.Command(file, "credentials", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("natstest: %w: %s", err, out)
	}
	return nil
}

// goOutput runs a go command and returns its output. With a directory, it is run for the module
// there, and for this machine.
func goOutput(dir string, args ...string) (string, error) {
	c := exec.Command("go", args...)
	if dir != "" {
		c.Dir = dir
		c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOOS=", "GOARCH=")
	}
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return "", fmt.Errorf("natstest: go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
