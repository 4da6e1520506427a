package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// goCommand runs the go command in dir. What it prints is shown only if it fails.
func goCommand(ctx context.Context, c *console, dir string, args ...string) error {
	c.say("go %s", strings.Join(args, " "))
	var output bytes.Buffer
	cmd := command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		c.err.Write(output.Bytes())
		return advice.Wrap("go "+strings.Join(args, " ")+" failed", err, "look at what it says above; the tree is as it was")
	}
	return nil
}

// goOutput is what the go command prints, without the white space around it.
func goOutput(ctx context.Context, dir string, args ...string) (string, error) {
	var complaints bytes.Buffer
	cmd := command(ctx, dir, args...)
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		return "", advice.Wrap("go "+args[0]+" failed", fmt.Errorf("%w: %s", err, strings.TrimSpace(complaints.String())), "check the version and the network; the tree is as it was")
	}
	return strings.TrimSpace(string(output)), nil
}

// command prepares the go command. It may change go.mod and go.sum, of which the require line of
// the module changes more than itself, and no workspace around the tree has a say.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOWORK=off", "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -mod=mod"))
	return cmd
}
