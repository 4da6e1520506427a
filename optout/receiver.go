package optout

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/uid2rtb/uid2rtb/codec"
)

const (
	// maxQuarantined is how many bytes are kept of a request with anything else than raw UIDs
	// in it.
	maxQuarantined = 16 << 10
	// recordTimeout is how long a request waits for the disk. The service itself waits for 30
	// seconds.
	recordTimeout = 20 * time.Second
	// maxRecording is how many raw UIDs of one request are appended to the log concurrently:
	// they share an fsync.
	maxRecording = 64
)

// Receiver is the webhook that the opt-out service calls for each opt-out, for net/http and for
// package fasthttp. It answers
//
//	200  every opt-out of the request is durable, or it was a sentinel. A request with anything
//	     that isn't a raw UID, or without any, is quarantined as it was sent, but without the
//	     header field that authorizes it
//	401  the request isn't authorized
//	405  neither GET nor POST
//	503  not everything could be made durable, or the body couldn't be read: the service will
//	     send it again
//
// and gives no other answers, since any other would block the feed. The server in front of it has
// some: it may answer 431 (or 414) to a request line or header that exceeds its limit, 400 to
// invalid HTTP, and 413 to a body that is too long; the receiver never sees such requests. Nothing
// of a request is logged. A Receiver is safe for concurrent use.
type Receiver struct {
	store            *Store
	idName, timeName string
	idHeader         string // none if empty
	authentication   authentication

	heartbeatMs                               atomic.Int64
	requests, sentinels, quarantined, refused atomic.Uint64
}

// NewReceiver returns a Receiver that records in a store. Exactly one of [WithBearer],
// [WithBearerFrom], [WithSharedHeader], [WithSharedHeaderFrom] and [WithoutAuthentication] must be
// among the options. Options that are invalid, or with which all opt-outs would be refused, are an
// error, see [ErrReceiver].
func NewReceiver(store *Store, opts ...ReceiverOption) (*Receiver, error) {
	if store == nil {
		return nil, &ReceiverError{PartStore, "there is none"}
	}
	c, err := configOf(opts)
	if err != nil {
		return nil, err
	}
	store.fed.Store(true)
	return &Receiver{store: store, idName: c.idName, timeName: c.timeName, idHeader: c.idHeader, authentication: c.authentications[0]}, nil
}

// ReceiverStats are the figures of a Receiver, for the host's metrics. Counters start with
// NewReceiver.
type ReceiverStats struct {
	Requests    uint64    // all requests
	Sentinels   uint64    // entries that start or end a batch
	Quarantined uint64    // requests with anything that isn't a raw UID: look at them
	Refused     uint64    // requests without valid authorization
	Heartbeat   time.Time // when the last sentinel arrived, by our clock; zero before the first

	// Reloads counts how often other tokens or values came into use, and ReloadFailures
	// how often new ones couldn't be read or were impossible. See WithBearerFrom.
	Reloads, ReloadFailures uint64
}

// Stats returns the current figures.
func (r *Receiver) Stats() ReceiverStats {
	s := ReceiverStats{Requests: r.requests.Load(), Sentinels: r.sentinels.Load(), Quarantined: r.quarantined.Load(), Refused: r.refused.Load()}
	if ms := r.heartbeatMs.Load(); ms != 0 {
		s.Heartbeat = time.UnixMilli(ms)
	}
	if source := r.authentication.source; source != nil {
		s.Reloads, s.ReloadFailures = source().replaced.Load()-1, source().failed.Load() // not the first ones
	}
	return s
}

// ReloadErr returns why the tokens or values in use aren't those that [WithBearerFrom] or
// [WithSharedHeaderFrom] would have now; nil if they are, as far as is known.
func (r *Receiver) ReloadErr() error {
	if source := r.authentication.source; source != nil {
		return source().failure()
	}
	return nil
}

// ServeHTTP implements [http.Handler].
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.WriteHeader(r.answer(incoming{
		ctx:    request.Context(),
		method: request.Method,
		header: request.Header.Values,
		query:  request.URL.RawQuery,
		body:   func() ([]byte, bool, error) { return body(request) },
	}))
}

func (r *Receiver) answer(in incoming) (status int) {
	r.requests.Add(1)
	if in.method != http.MethodGet && in.method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	if !r.authentication.allows(in.header) {
		r.refused.Add(1)
		return http.StatusUnauthorized
	}
	ctx, cancel := context.WithTimeout(in.ctx, recordTimeout)
	defer cancel()
	m, err := r.read(in)
	if keepErr := r.keep(ctx, m); keepErr != nil || err != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// keep makes the content of a request durable. An error means that a part of it isn't.
func (r *Receiver) keep(ctx context.Context, m message) error {
	sinceMs := r.since(m.timestamps)
	var recording errgroup.Group // a failure doesn't stop the others
	recording.SetLimit(maxRecording)
	for _, uid := range m.uids {
		if isSentinel(uid) {
			r.sentinels.Add(1)
			r.heartbeatMs.Store(r.store.now().UnixMilli())
			continue
		}
		recording.Go(func() error { return r.store.Record(ctx, uid, sinceMs) })
	}
	if m.invalid {
		recording.Go(func() error { return r.quarantine(ctx, m.all) })
	}
	return recording.Wait()
}

func (r *Receiver) quarantine(ctx context.Context, what string) error {
	if err := r.store.Quarantine(ctx, []byte(what[:min(len(what), maxQuarantined)])); err != nil {
		return err
	}
	r.quarantined.Add(1)
	return nil
}

// isSentinel reports whether a raw UID is one of those that start and end each batch: 32 times the
// byte 00 or FF.
func isSentinel(uid codec.RawUID) bool {
	raw := uid.AppendBytes(make([]byte, 0, 33))
	return len(raw) == 32 && (raw[0] == 0 || raw[0] == 0xFF) && strings.Count(string(raw), string(raw[:1])) == len(raw)
}

// msFrom is the number from which on a time is taken for milliseconds: as seconds, it would be in
// the year 5138.
const msFrom = 100_000_000_000

// since returns the first of texts that is a valid time in Unix seconds, or in milliseconds, which
// some senders use by mistake. If none is valid and not in the future, it returns 0, unknown: the
// opt-out matters more than its time. It doesn't return the current time instead, as that would
// differ, and add another entry to the log, each time the service sends the same opt-out again.
func (r *Receiver) since(texts []string) (ms int64) {
	nowMs := r.store.now().UnixMilli()
	for _, text := range texts {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || n <= 0 {
			continue
		}
		if n < msFrom {
			n *= 1000
		}
		if n <= nowMs {
			return n
		}
	}
	return 0
}
