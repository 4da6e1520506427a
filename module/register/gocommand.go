package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goCommand runs the go command in dir. What it prints is shown only if it fails.
func goCommand(ctx context.Context, c *console, dir string, args ...string) error {
	c.say("go %s", strings.Join(args, " "))
	var output bytes.Buffer
	cmd := command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		c.err.Write(output.Bytes())
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}

// command prepares the go command. It may change go.mod and go.sum, of which the require line of the module changes
// more than itself, and no workspace around the tree has a say.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOWORK=off", "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -mod=mod"))
	return cmd
}

// modulePathOf is the path of the Go module in dir.
func modulePathOf(ctx context.Context, dir string) (string, error) {
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", errors.New("it has no go.mod")
		}
		return "", err
	}
	output, err := command(ctx, dir, "mod", "edit", "-json").Output()
	if err != nil {
		return "", fmt.Errorf("go mod edit -json: %w", err)
	}
	var file struct{ Module struct{ Path string } }
	if err := json.Unmarshal(output, &file); err != nil {
		return "", fmt.Errorf("go mod edit -json: %w", err)
	}
	return file.Module.Path, nil
}

// checkoutHere is the checkout of the module around the current directory, or empty.
func checkoutHere(ctx context.Context) string {
	output, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{if .Main}}{{.Dir}}{{end}}", modulePath).Output()
	if err != nil {
		return "" // another module, or none
	}
	return strings.TrimSpace(string(output))
}
