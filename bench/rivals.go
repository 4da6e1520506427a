package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/turns"
)

// rivalsSection has the module beside what would be written otherwise, measured by the program in bench/rivals, which is of a
// Go module of its own.
func rivalsSection(ctx context.Context, e effort) (s Section, err error) {
	s.Title = "Rivals"
	s.About = "What a Go bidder would otherwise write, in bench/rivals: the same tokens, keys and requests, in turns in one process. The rivals look up no opt-outs and make fewer checks."
	dir, err := rivalsDir(ctx)
	if err != nil {
		s.About += " They were not measured: " + err.Error() + "."
		return s, nil
	}
	c := exec.CommandContext(ctx, "go", "run", "./cmd/rivals", "-for", of(e, 300*time.Millisecond, 3*time.Second, 8*time.Second).String())
	c.Dir, c.Stderr = dir, os.Stderr
	out, err := c.Output()
	if err != nil {
		return s, fmt.Errorf("in %s: %w", dir, err)
	}
	var tables []struct {
		Caption string
		Results []turns.Result
	}
	if err := json.Unmarshal(out, &tables); err != nil {
		return s, err
	}
	for _, t := range tables {
		s.Tables = append(s.Tables, Table{t.Caption, timeColumns, rows(t.Results)})
	}
	return s, nil
}

// rivalsDir finds their sources, which are where this module's are.
func rivalsDir(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/uid2rtb/uid2rtb").Output()
	if err != nil {
		return "", fmt.Errorf("the go command doesn't find the module's sources: %w", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "bench", "rivals")
	_, err = os.Stat(filepath.Join(dir, "go.mod"))
	return dir, err
}
