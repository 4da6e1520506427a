package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// memory is the limit for a test program's memory, in KiB. A change can cause an endless loop that
// allocates.
const memory = "8000000"

func writeOverlay(name, old, changed string) error {
	data, err := json.Marshal(map[string]map[string]string{"Replace": {old: changed}})
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o600)
}

// judge builds a suite's test program and runs it. The second result is the name of the first test
// that failed, if one did.
func (a *attempt) judge(ctx context.Context, s *suite) (Result, string) {
	program := filepath.Join(a.dir, "program.test")
	args := []string{"test", "-c", "-p=1", "-vet=off", "-ldflags=-s -w", "-o", program}
	if a.overlay != "" {
		args = append(args, "-overlay", a.overlay)
	}
	if exec.CommandContext(ctx, "go", append(args, s.path)...).Run() != nil {
		return NoProgram, ""
	}
	// The tests stop themselves at the limit, unless they hang.
	ctx, cancel := context.WithTimeout(ctx, s.limit+10*time.Second)
	defer cancel()
	test := exec.CommandContext(ctx, "/bin/sh", "-c", `ulimit -v `+memory+`; exec "$0" "$@"`,
		program, "-test.failfast", "-test.short=false", "-test.timeout="+s.limit.String(),
		"-test.run="+s.run, "-test.skip="+s.skip)
	test.Dir = s.dir
	test.Env = append(os.Environ(), "TMPDIR="+a.dir)
	test.WaitDelay = time.Second // for processes that the program left behind
	out, err := test.CombinedOutput()
	switch {
	case err == nil:
		return Unnoticed, ""
	case ctx.Err() != nil, bytes.Contains(out, []byte("panic: test timed out")):
		return TimedOut, ""
	}
	if found := failedTest.FindSubmatch(out); found != nil {
		return Failed, string(found[1])
	}
	return Failed, "" // a crash
}

var failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
