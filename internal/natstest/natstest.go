// Package natstest starts real NATS servers with JetStream on loopback, for tests. Each is a process of its own, which can be
// stopped and killed. The program is built from the module in the folder server, so that who imports the packages under test
// needs no NATS server.
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

// program returns the file of the server's program. The go command builds it once and keeps it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := goOutput("", "list", "-f", "{{.Dir}}", "github.com/uid2rtb/uid2rtb/internal/natstest")
	if err != nil {
		return "", err
	}
	return goOutput(filepath.Join(dir, "server"), "tool", "-n", "server")
})

// goOutput returns what a go command prints. In a directory it is run for the module there, and for this machine.
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
