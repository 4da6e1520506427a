package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/proc"
	"github.com/uid2rtb/uid2rtb/bench/internal/report"
	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// requestsAnswered is how many requests a process answers before its memory is looked at again: its pools are full by then.
const requestsAnswered = 20_000

// processOf measures the memory of a whole process that serves, uid2 serve, whose store has so many users.
func processOf(ctx context.Context, store string, users int) (report.Row, error) {
	row := report.Row{Name: fmt.Sprint(users)}
	p, err := startServing(ctx, store)
	if err != nil {
		return row, err
	}
	started := p.memory(proc.RSS)
	err = p.answer(ctx)
	row.Values = []report.Value{started, p.memory(proc.RSS), p.memory(proc.PeakRSS)}
	return row, errors.Join(err, p.stop())
}

// serving is uid2 serve, with its operator and its client.
type serving struct {
	dir      string
	operator *uid2test.Server
	command  *exec.Cmd
	client   *http.Client
}

func startServing(ctx context.Context, store string) (p *serving, err error) {
	p = new(serving)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop())
		}
	}()
	if p.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return p, err
	}
	program, socket := filepath.Join(p.dir, "uid2"), filepath.Join(p.dir, "socket")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/uid2rtb/uid2rtb/cmd/uid2").CombinedOutput(); err != nil {
		return p, fmt.Errorf("building uid2: %w: %s", err, out)
	}
	p.operator = uid2test.NewServer()
	config, err := p.configure(store)
	if err != nil {
		return p, err
	}
	p.command = exec.CommandContext(ctx, program, "serve", "-config", config, "-listen", "unix:"+socket)
	var said bytes.Buffer // complete when the output has ended, which both have in common
	p.command.Stderr = &said
	out, err := p.command.StdoutPipe()
	if err != nil {
		return p, err
	}
	if err := p.command.Start(); err != nil {
		p.command = nil
		return p, err
	}
	for lines := bufio.NewScanner(out); ; {
		if !lines.Scan() {
			p.command.Wait()
			p.command, err = nil, fmt.Errorf("uid2 serve ended before it listened: %s", &said)
			return p, err
		}
		if strings.HasPrefix(lines.Text(), "listening at ") {
			break
		}
	}
	p.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	return p, nil
}

func (p *serving) configure(store string) (file string, err error) {
	client := p.operator.Client()
	config, err := json.Marshal(map[string]any{
		"uid2":     map[string]any{"base_url": p.operator.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret},
		"opt_outs": map[string]any{"store": store},
	})
	if err != nil {
		return "", err
	}
	file = filepath.Join(p.dir, "uid2.json")
	return file, os.WriteFile(file, config, 0o600)
}

// answer lets the process answer requests, each of 3.6 KB with a token.
func (p *serving) answer(ctx context.Context) error {
	request := world.RequestOf(3600, 4, p.operator.Token(uid2test.TokenSpec{Email: "user@example.com"}))
	for range requestsAnswered {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://sidecar/annotate", bytes.NewReader(request))
		if err != nil {
			return err
		}
		response, err := p.client.Do(r)
		if err != nil {
			return err
		}
		annotated, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !bytes.Contains(annotated, []byte(`"raw":`)) {
			return errors.Join(fmt.Errorf("no raw UID in an answer, %s", response.Status), err)
		}
	}
	return nil
}

// memory returns what proc says of the process's memory, in MB, where it is known.
func (p *serving) memory(of func(pid int) (bytes float64, err error)) report.Value {
	bytes, err := of(p.command.Process.Pid)
	if err != nil {
		return report.None
	}
	return report.Value(bytes / 1e6)
}

func (p *serving) stop() error {
	var err error
	if p.client != nil {
		p.client.CloseIdleConnections()
	}
	if p.command != nil {
		kill := time.AfterFunc(time.Minute, func() { p.command.Process.Kill() })
		defer kill.Stop()
		err = errors.Join(p.command.Process.Signal(syscall.SIGTERM), p.command.Wait())
	}
	if p.operator != nil {
		p.operator.Close()
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}
