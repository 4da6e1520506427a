package optout

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/codec"
)

const (
	// maxForm bounds what is read of a request's body.
	maxForm = 64 << 10
	// maxQuarantined bounds what is kept of a value that isn't a raw UID.
	maxQuarantined = 1 << 10
	// recordTimeout is how long a request waits for the disk. The service waits for 30 seconds.
	recordTimeout = 20 * time.Second
)

// Receiver is the webhook that the opt-out service calls for each opt-out, as an http.Handler and as a handler of package
// fasthttp. It answers
//
//	200  the opt-out is durable; or it was a sentinel, or no raw UID, which is kept in the quarantine
//	401  the request isn't authorized
//	405  neither GET nor POST
//	503  the opt-out couldn't be made durable: the service sends it again
//
// and has no other answers, since everything else would block the feed. Nothing of a request is logged. It may be used from
// any number of goroutines.
type Receiver struct {
	store              *Store
	idName, timeName   string
	authName, authText string // a header field, none if empty

	heartbeatMs                               atomic.Int64
	requests, sentinels, quarantined, refused atomic.Uint64
}

// ReceiverOption sets one thing of a Receiver.
type ReceiverOption func(*Receiver)

// WithParameters sets the names of the parameters that have the raw UID and the time. Default is uid2 and timestamp.
func WithParameters(id, timestamp string) ReceiverOption {
	return func(r *Receiver) { r.idName, r.timeName = id, timestamp }
}

// WithBearer wants the header field Authorization: Bearer and this token.
func WithBearer(token string) ReceiverOption {
	return WithSharedHeader("Authorization", "Bearer "+token)
}

// WithSharedHeader wants a header field with this value, which only the service knows. Default is none: then whoever reaches
// the receiver can make users opt out.
func WithSharedHeader(name, value string) ReceiverOption {
	return func(r *Receiver) { r.authName, r.authText = name, value }
}

// NewReceiver makes a Receiver that records in a store.
func NewReceiver(store *Store, opts ...ReceiverOption) *Receiver {
	r := &Receiver{store: store, idName: "uid2", timeName: "timestamp"}
	for _, opt := range opts {
		opt(r)
	}
	return r
}

// ReceiverStats is how a Receiver is doing, for the host's metrics.
type ReceiverStats struct {
	Requests    uint64    // all of them
	Sentinels   uint64    // entries that begin and end a batch
	Quarantined uint64    // values that aren't raw UIDs: look at them
	Refused     uint64    // not authorized
	Heartbeat   time.Time // of the last sentinel, by our clock; zero before the first
}

// Stats returns the present figures.
func (r *Receiver) Stats() ReceiverStats {
	s := ReceiverStats{Requests: r.requests.Load(), Sentinels: r.sentinels.Load(), Quarantined: r.quarantined.Load(), Refused: r.refused.Load()}
	if ms := r.heartbeatMs.Load(); ms != 0 {
		s.Heartbeat = time.UnixMilli(ms)
	}
	return s
}

// incoming is a request to either kind of server.
type incoming struct {
	ctx        context.Context
	method     string
	header     func(name string) string
	parameters func() (id, timestamp string)
}

// ServeHTTP implements [http.Handler].
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.WriteHeader(r.answer(incoming{
		ctx:        request.Context(),
		method:     request.Method,
		header:     request.Header.Get,
		parameters: func() (id, timestamp string) { return r.parameters(request) },
	}))
}

// ServeFastHTTP is ServeHTTP for a server of package fasthttp.
func (r *Receiver) ServeFastHTTP(request *fasthttp.RequestCtx) {
	request.SetStatusCode(r.answer(incoming{
		ctx:        request,
		method:     string(request.Method()),
		header:     func(name string) string { return string(request.Request.Header.Peek(name)) },
		parameters: func() (id, timestamp string) { return r.fastParameters(request) },
	}))
}

func (r *Receiver) answer(in incoming) (status int) {
	r.requests.Add(1)
	if in.method != http.MethodGet && in.method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	if r.authName != "" && subtle.ConstantTimeCompare([]byte(in.header(r.authName)), []byte(r.authText)) != 1 {
		r.refused.Add(1)
		return http.StatusUnauthorized
	}
	ctx, cancel := context.WithTimeout(in.ctx, recordTimeout)
	defer cancel()
	id, timestamp := in.parameters()
	// A + that nobody encoded was read as a space.
	if r.receive(ctx, strings.ReplaceAll(id, " ", "+"), timestamp) != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// parameters returns the values, from the URL or from a form in the body. What can't be read is left out.
func (r *Receiver) parameters(request *http.Request) (id, timestamp string) {
	query, _ := url.ParseQuery(request.URL.RawQuery)
	if !query.Has(r.idName) && request.Method == http.MethodPost {
		request.Body = http.MaxBytesReader(nil, request.Body, maxForm)
		if request.ParseForm() == nil {
			query = request.Form
		}
	}
	return query.Get(r.idName), query.Get(r.timeName)
}

// fastParameters is parameters for a request of package fasthttp, whose server bounds the body.
func (r *Receiver) fastParameters(request *fasthttp.RequestCtx) (id, timestamp string) {
	return string(request.FormValue(r.idName)), string(request.FormValue(r.timeName))
}

// receive records one value. An error means that it is not durable.
func (r *Receiver) receive(ctx context.Context, id, timestamp string) error {
	uid, err := codec.DecodeRawUID(id)
	switch {
	case err != nil:
		if err := r.store.Quarantine(ctx, []byte(id[:min(len(id), maxQuarantined)])); err != nil {
			return err
		}
		r.quarantined.Add(1)
		return nil
	case isSentinel(uid):
		r.sentinels.Add(1)
		r.heartbeatMs.Store(r.store.now().UnixMilli())
		return nil
	}
	return r.store.Record(ctx, uid, r.since(timestamp))
}

// isSentinel tells whether a raw UID is what begins or ends each batch: 32 times the byte 00 or FF.
func isSentinel(uid codec.RawUID) bool {
	raw := uid.AppendBytes(make([]byte, 0, 33))
	return len(raw) == 32 && (raw[0] == 0 || raw[0] == 0xFF) && strings.Count(string(raw), string(raw[:1])) == len(raw)
}

// msFrom is the number from which a time counts as milliseconds: as seconds it would be in the year 5138.
const msFrom = 100_000_000_000

// since reads a time in Unix seconds, or milliseconds where somebody got that wrong. What can't be a time, or is in the
// future, is now: the time only informs, the opt-out counts.
func (r *Receiver) since(text string) int64 {
	nowMs := r.store.now().UnixMilli()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return nowMs
	}
	if n < msFrom {
		n *= 1000
	}
	return min(n, nowMs)
}
