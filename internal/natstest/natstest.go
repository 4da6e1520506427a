// Package natstest starts real NATS servers with JetStream on loopback, for tests. Each is a
// process of its own, which can be stopped and killed. The program is built from the module in the
// directory server, so that importing the packages under test doesn't require a NATS server.
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

// program returns the path of the server's program. The go command builds it once and caches it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := goOutput("", "list", "-f", "{{.Dir}}", "github.com/uid2rtb/uid2rtb/internal/natstest")
	if err != nil {
		return "", err
	}
	return goOutput(filepath.Join(dir, "server"), "tool", "-n", "server")
})

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
