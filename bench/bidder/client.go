package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// connections is how many the load generator has.
const connections = 16

// patience is how long an answer may take.
const patience = 30 * time.Second

// client is a connection to a bidder. What it knows of HTTP is what bidders answer here, so that it
// leaves the machine to them.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	pace pacer
}

// connect opens the connections, on which all requests are sent.
func (b *bidder) connect() error {
	for range connections {
		conn, err := net.Dial("tcp", b.address)
		if err != nil {
			return err
		}
		pace, err := newPacer()
		if err != nil {
			return errors.Join(err, conn.Close())
		}
		b.clients = append(b.clients, client{conn, bufio.NewReaderSize(conn, 64<<10), pace})
	}
	return nil
}

func (c client) close() error { return errors.Join(c.conn.Close(), c.pace.close()) }

// ask sends a message and reads the answer. The body is valid until the next one is asked for.
func (c client) ask(message []byte) (status int, body []byte, err error) {
	if _, err := c.conn.Write(message); err != nil {
		return 0, nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, nil, errors.New("the answer isn't HTTP")
	}
	status, err = strconv.Atoi(string(line[9:12]))
	length := 0
	for err == nil && len(line) > len("\r\n") {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("content-length")) {
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	if err != nil {
		return status, nil, err
	}
	if body, err = c.in.Peek(length); err == nil {
		_, err = c.in.Discard(length)
	}
	return status, body, err
}

// load asks the requests again and again on all connections for some time, and returns how long the
// answers took, sorted. Each must be the one that the bidder gave before. With a rate, in requests
// a second, each request is due at its time, and its answer's time counts from then: waiting for
// the answer before is a part of it. Without one, a request is due when the answer before has come.
func (b *bidder) load(ctx context.Context, m *market, rate float64, long time.Duration) ([]time.Duration, error) {
	took, errs := make([][]time.Duration, connections), make([]error, connections)
	var senders sync.WaitGroup
	begin := time.Now()
	for i := range b.clients {
		senders.Go(func() { took[i], errs[i] = b.send(ctx, m, i, rate, begin, long) })
	}
	senders.Wait()
	all := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: nothing was answered", b.name)
	}
	slices.Sort(all)
	return all, ctx.Err()
}

// send is one connection's part of load.
func (b *bidder) send(ctx context.Context, m *market, first int, rate float64, begin time.Time, long time.Duration) (took []time.Duration, err error) {
	c := b.clients[first]
	if err := c.conn.SetDeadline(begin.Add(long + patience)); err != nil {
		return nil, err
	}
	for n := first; ctx.Err() == nil; n += connections {
		due := time.Now()
		if rate > 0 {
			due = begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
			if err := c.pace.until(due); err != nil {
				return nil, err
			}
		}
		if due.Sub(begin) > long {
			break
		}
		_, body, err := c.ask(m.requests[n%len(m.requests)].message)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.name, err)
		}
		took = append(took, time.Since(due))
		if !bytes.Equal(body, b.answers[n%len(m.requests)]) {
			return nil, fmt.Errorf("%s: another answer than before", b.name)
		}
	}
	return took, nil
}
