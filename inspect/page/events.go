package page

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxStreams   = 32
	beatEvery    = 10 * time.Second
	writeLimit   = 5 * time.Second // a reader who takes longer for a write is dropped
	queuedEvents = 64
)

// streams are the open streams of events.
type streams struct {
	instance   string          // of the process, whose auctions are numbered from 1
	closing    <-chan struct{} // ends them
	room       chan struct{}   // has one element per stream
	beat       time.Duration
	writeLimit time.Duration
}

func newStreams(closing <-chan struct{}) streams {
	return streams{
		instance: rand.Text()[:8], closing: closing, room: make(chan struct{}, maxStreams), beat: beatEvery, writeLimit: writeLimit,
	}
}

// events sends auctions as they happen, as server-sent events with ids of the form
// "instance.number". A browser that reconnects says which it has seen last, and gets what came
// after; one that knows another instance starts anew. "hello" comes first, and "beat" while nothing
// happens.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	select {
	case p.streams.room <- struct{}{}:
		defer func() { <-p.streams.room }()
	default:
		answerError(w, http.StatusServiceUnavailable, fmt.Sprintf("%d pages watch already: close one.", maxStreams))
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	queue := p.watch(ctx, p.streams.after(r))
	defer func() {
		cancel()
		for range queue { // until the host has noticed
		}
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	p.streams.send(ctx, writer{w, http.NewResponseController(w), p.streams.writeLimit}, queue)
}

// after returns the number of the last auction that a browser has seen of this process.
func (s streams) after(r *http.Request) int64 {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("after") // a script can't set the header
	}
	instance, text, _ := strings.Cut(id, ".")
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || instance != s.instance {
		return 0
	}
	return number
}

// watch returns the auctions that happen, until ctx ends or the host ends them.
func (p *page) watch(ctx context.Context, after int64) <-chan Auction {
	queue := make(chan Auction, queuedEvents)
	go func() {
		defer close(queue)
		_ = p.config.Auctions.Watch(ctx, after, func(a Auction) error {
			select {
			case queue <- a:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}) // an end is an end: the browser reconnects
	}()
	return queue
}

// send sends until the stream ends or the reader is gone, or too slow.
func (s streams) send(ctx context.Context, to writer, queue <-chan Auction) {
	beats := time.NewTicker(s.beat)
	defer beats.Stop()
	err := to.event("", "hello", map[string]string{"instance": s.instance})
	for err == nil {
		if len(queue) == 0 {
			err = to.flush()
		}
		if err != nil {
			return
		}
		select {
		case a, ok := <-queue:
			if !ok {
				_ = to.flush()
				return
			}
			err = to.event(s.instance+"."+strconv.FormatInt(a.Number, 10), "auction", a)
		case <-beats.C:
			err = to.event("", "beat", struct{}{})
		case <-ctx.Done():
			return
		case <-s.closing:
			return
		}
	}
}

// writer writes events to a reader, who has so long for each of them.
type writer struct {
	http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

func (w writer) event(id, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_ = w.control.SetReadDeadline(time.Time{}) // else the server ends it as a request that takes too long
	_ = w.control.SetWriteDeadline(time.Now().Add(w.limit))
	if id != "" {
		id = "id: " + id + "\n"
	}
	_, err = fmt.Fprintf(w, "%sevent: %s\ndata: %s\n\n", id, name, data)
	return err
}

func (w writer) flush() error { return w.control.Flush() }
