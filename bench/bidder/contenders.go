package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// contender is a kind of bidder.
type contender struct {
	name     string
	command  []string
	hasStore bool // of opt-outs; otherwise they come from its input
	slow     bool // it compiles itself while it runs, and is warm late
	floor    bool // it looks at no user: what those after it are beside
}

// goContenders builds the bidders in Go.
func goContenders(ctx context.Context, dir string) ([]contender, error) {
	binary := filepath.Join(dir, "serve")
	if err := command(ctx, "go", "build", "-o", binary, "github.com/uid2rtb/uid2rtb/bench/bidder/serve"); err != nil {
		return nil, err
	}
	return []contender{
		{name: "no UID2: fasthttp, jsonparser", command: []string{binary, "floor"}, floor: true},
		{name: "uid2rtb: fasthttp, jsonparser", command: []string{binary, "uid2rtb"}, hasStore: true},
		{name: "by hand: fasthttp, jsonparser, crypto/aes", command: []string{binary, "byhand"}},
		{name: "no UID2: fasthttp, encoding/json", command: []string{binary, "floor-typed"}, floor: true},
		{name: "uid2rtb: fasthttp, encoding/json", command: []string{binary, "uid2rtb-typed"}, hasStore: true},
		{name: "uid2rtb's handler: fasthttp, encoding/json", command: []string{binary, "uid2rtb-handler"}, hasStore: true},
		{name: "by hand: fasthttp, encoding/json, crypto/aes", command: []string{binary, "byhand-typed"}},
	}, nil
}

// command runs a program.
func command(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// bidder is a contender's process.
type bidder struct {
	contender
	process *exec.Cmd
	input   io.WriteCloser // it ends when this does
	address string
	clients []client
	answers [][]byte // to the requests, as it gave them when they were checked
	turns   []turn
}

// start starts a bidder and returns when it listens. What it keeps goes into dir.
func (c contender) start(ctx context.Context, m *market, dir string) (b *bidder, err error) {
	b = &bidder{contender: c, process: exec.CommandContext(ctx, c.command[0], c.command[1:]...)}
	b.process.Stderr = os.Stderr
	client := m.operator.Client()
	b.process.Env = append(os.Environ(), "UID2_BASE_URL="+m.operator.URL, "UID2_API_KEY="+client.APIKey, "UID2_CLIENT_SECRET="+client.ClientSecret)
	var optOuts []byte
	if c.hasStore {
		store := filepath.Join(dir, "optouts.db")
		b.process.Env = append(b.process.Env, "OPT_OUTS="+store)
		if err := m.storeOptOuts(ctx, store); err != nil {
			return nil, err
		}
	} else {
		optOuts = m.textOfOptOuts()
	}
	if b.input, err = b.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := b.process.Start(); err != nil {
		return nil, err
	}
	_, err = b.input.Write(optOuts)
	line, readErr := bufio.NewReader(out).ReadString('\n')
	address, listens := strings.CutPrefix(strings.TrimSpace(line), "listening at ")
	if !listens {
		return nil, errors.Join(fmt.Errorf("%s doesn't start", c.name), err, readErr, b.close())
	}
	b.address = address
	if err := b.connect(); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// close ends the process.
func (b *bidder) close() (err error) {
	for _, c := range b.clients {
		err = errors.Join(err, c.close())
	}
	b.input.Close()
	defer time.AfterFunc(10*time.Second, func() { b.process.Process.Kill() }).Stop()
	return errors.Join(err, b.process.Wait())
}
