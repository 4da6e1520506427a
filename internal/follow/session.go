//go:build unix

package follow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// session is a shell that runs blocks one after another, with all processes that they start.
type session struct {
	own      string // a directory for the blocks and what they print
	shell    *exec.Cmd
	commands *os.File
	printed  *os.File      // both outputs
	statuses chan int      // of blocks
	exited   chan struct{} // closed when the shell is gone
	count    int           // blocks so far
}

// grace is what processes have to end by themselves.
const grace = 5 * time.Second

func start(home, own string, env []string) (*session, error) {
	printed, err := os.OpenFile(filepath.Join(own, "printed"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	in, commands, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	statuses, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &session{own: own, commands: commands, printed: printed, statuses: make(chan int), exited: make(chan struct{})}
	s.shell = exec.Command("bash", "--noprofile", "--norc")
	s.shell.Dir, s.shell.Env = home, env
	s.shell.Stdin, s.shell.Stdout, s.shell.Stderr = in, printed, printed
	s.shell.ExtraFiles = []*os.File{out}
	s.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.shell.Start(); err != nil {
		return nil, err
	}
	in.Close()
	out.Close()
	go s.read(statuses)
	go func() {
		s.shell.Wait()
		close(s.exited)
	}()
	return s, nil
}

// read passes statuses on until nothing is left that could write one.
func (s *session) read(statuses *os.File) {
	defer statuses.Close()
	for lines := bufio.NewScanner(statuses); lines.Scan(); {
		if status, err := strconv.Atoi(lines.Text()); err == nil {
			select {
			case s.statuses <- status:
			case <-s.exited:
			}
		}
	}
}

// run does a step, and returns what it printed and its exit status.
func (s *session) run(ctx context.Context, todo step) (printed string, status int, err error) {
	s.count++
	block := filepath.Join(s.own, fmt.Sprintf("block%d", s.count))
	if err := os.WriteFile(block, []byte(todo.script), 0o600); err != nil {
		return "", 0, err
	}
	before, err := s.printed.Seek(0, 2)
	if err != nil {
		return "", 0, err
	}
	if _, err := s.commands.WriteString(s.line(todo, block)); err != nil {
		return "", 0, err
	}
	select {
	case status = <-s.statuses:
	case <-s.exited:
		status = s.shell.ProcessState.ExitCode()
		err = fmt.Errorf("exit status %d", status)
		if status == todo.status && status != 0 {
			err = errors.New("the block ends the shell")
		}
	case <-ctx.Done():
		err = fmt.Errorf("it doesn't end: %w", ctx.Err())
	}
	text, readErr := os.ReadFile(s.printed.Name())
	return string(text[min(before, int64(len(text))):]), status, errors.Join(err, readErr)
}

// line is what the shell is told for a step. File 3 takes the status, and is for the shell alone.
func (s *session) line(todo step, block string) string {
	block = quoted(block)
	switch {
	case todo.kind == file:
		name := quoted(todo.name)
		return "mkdir -p \"$(dirname " + name + ")\" && cp " + block + " " + name + "; echo $? >&3\n"
	case todo.kind == background:
		return "{ (set -eo pipefail; source " + block + "); touch " + s.ended() + "; } >" + quoted(s.backgroundFile()) + " 2>&1 3>&- </dev/null & echo 0 >&3\n"
	case todo.kind == waiting:
		return "while ! source " + block + " >>/dev/null 2>&1 3>&- </dev/null; do sleep 0.1; [ ! -e " + s.ended() + " ] || exit 1; done; echo 0 >&3\n"
	case todo.status != 0:
		return "source " + block + " 3>&- </dev/null; echo $? >&3\n"
	}
	return "set -eo pipefail; source " + block + " 3>&- </dev/null; set +eo pipefail; echo 0 >&3\n"
}

// ended is the file that is there when a block in the background has ended.
func (s *session) ended() string { return quoted(filepath.Join(s.own, "ended")) }

func (s *session) backgroundFile() string {
	return filepath.Join(s.own, fmt.Sprintf("background%d", s.count))
}

// background returns what blocks in the background have printed.
func (s *session) background() string {
	var b strings.Builder
	files, _ := filepath.Glob(filepath.Join(s.own, "background*")) // the pattern is well-formed
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			fmt.Fprintf(&b, "printed in the background\n%s", text)
		}
	}
	return b.String()
}

// close ends the shell and all that it started.
func (s *session) close() error {
	s.commands.Close()
	defer s.printed.Close()
	group := -s.shell.Process.Pid
	syscall.Kill(group, syscall.SIGTERM)
	for end := time.Now().Add(grace); ; time.Sleep(10 * time.Millisecond) {
		select {
		case <-s.exited: // or the shell itself is still of the group
			if errors.Is(syscall.Kill(group, 0), syscall.ESRCH) {
				return nil
			}
		default:
		}
		if time.Now().After(end) {
			syscall.Kill(group, syscall.SIGKILL)
			<-s.exited
			return errors.New("what the page started doesn't end on SIGTERM")
		}
	}
}

// quoted is a text as one word of the shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
