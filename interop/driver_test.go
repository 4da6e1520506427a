//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// sdk is an official SDK in a process of its own. A command is an object with the member op and others, on a line; the
// answer is an object, too, with the member error if the SDK threw.
type sdk struct {
	name    string
	command func(testing.TB) *exec.Cmd

	mu      sync.Mutex
	process *os.Process
	in      io.Writer
	out     *bufio.Reader
}

// patience is how long a command may take. Some take seconds.
const patience = 2 * time.Minute

var (
	python = &sdk{name: "python", command: pythonCommand}
	java   = &sdk{name: "java", command: javaCommand}
	sdks   = []*sdk{python, java}
)

// forEach runs a test with each SDK.
func forEach(t *testing.T, test func(t *testing.T, s *sdk)) {
	for _, s := range sdks {
		t.Run(s.name, func(t *testing.T) { test(t, s) })
	}
}

// start starts the process, which ends with ours when its input does.
func (s *sdk) start(t testing.TB) {
	t.Helper()
	if s.in != nil {
		return
	}
	command := s.command(t)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("the driver of %s doesn't start: %v", s.name, err)
	}
	s.process, s.in, s.out = command.Process, in, bufio.NewReader(out)
}

type object = map[string]any

// ask sends a command and reads the answer into to. It returns the SDK's exception, or "".
func (s *sdk) ask(t testing.TB, command object, to any) (exception string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start(t)
	line, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(patience, func() { s.process.Kill() }).Stop()
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	answer, err := s.out.ReadBytes('\n')
	if err != nil {
		s.in = nil // the next test starts another process
		t.Fatalf("%s died, or was killed as it took more than %v: %v", s.name, patience, err)
	}
	var failed struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(answer, &failed); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	if failed.Error == "" && to != nil {
		if err := json.Unmarshal(answer, to); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	return failed.Error
}

// must is ask that doesn't throw.
func (s *sdk) must(t testing.TB, command object, to any) {
	t.Helper()
	if exception := s.ask(t, command, to); exception != "" {
		t.Fatalf("%s: %v: %s", s.name, command["op"], exception)
	}
}

// connect makes the SDK's client of a role, and refreshes its keys where it has some.
func (s *sdk) connect(t testing.TB, role string, server *uid2test.Server, p *uid2test.Client) {
	t.Helper()
	var answer struct {
		OK     bool   `json:"ok"`
		Reason string `json:"reason"`
	}
	s.must(t, object{"op": "connect", "role": role, "url": server.URL, "api_key": p.APIKey, "secret": p.ClientSecret}, &answer)
	if !answer.OK {
		t.Fatalf("%s can't refresh its keys: %s", s.name, answer.Reason)
	}
}

// theirs is what an SDK says of a token.
type theirs struct {
	Status              string `json:"status"`
	UID                 string `json:"uid"`
	EstablishedMs       int64  `json:"established"`
	ExpiresMs           int64  `json:"expires"`
	SiteID              uint32 `json:"site_id"`
	Type                string `json:"type"`
	Version             int    `json:"version"`
	ClientSideGenerated bool   `json:"client_side_generated"`
}

// String leaves the raw UID out.
func (v theirs) String() string { return strings.ReplaceAll(v.Status+" "+v.Type, "  ", " ") }

func (s *sdk) decrypt(t testing.TB, role, name string, tokens []string) []theirs {
	t.Helper()
	command := object{"op": "decrypt", "role": role, "tokens": tokens}
	if name != "" {
		command["name"] = name
	}
	var answer struct {
		Verdicts []theirs `json:"verdicts"`
	}
	s.must(t, command, &answer)
	if len(answer.Verdicts) != len(tokens) {
		t.Fatalf("%s: %d verdicts about %d tokens", s.name, len(answer.Verdicts), len(tokens))
	}
	return answer.Verdicts
}

// sealed is what an SDK made of a raw UID.
type sealed struct {
	Status string `json:"status"`
	Token  string `json:"token"`
}

func (s *sdk) seal(t testing.TB, command object) []sealed {
	t.Helper()
	var answer struct {
		Tokens []sealed `json:"tokens"`
	}
	s.must(t, command, &answer)
	return answer.Tokens
}
