package optout

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"mime/multipart"
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
//	200  the opt-out is durable; or it was a sentinel, or no raw UID, which is kept in the quarantine (the value, or the
//	     request's query and form if they have no value)
//	401  the request isn't authorized
//	405  neither GET nor POST
//	503  the opt-out couldn't be made durable, or the request's body not be read: the service sends it again
//
// and has no other answers, since everything else would block the feed. The server in front of it has some: it may answer 431
// (or 414) to a request line or header that is longer than its limit, and the receiver never sees the request. Nothing of a
// request is logged. It may be used from any number of goroutines.
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
	ctx    context.Context
	method string
	header func(name string) string
	query  string                 // as it came
	body   func() ([]byte, error) // the first maxForm bytes
}

// ServeHTTP implements [http.Handler].
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.WriteHeader(r.answer(incoming{
		ctx:    request.Context(),
		method: request.Method,
		header: request.Header.Get,
		query:  request.URL.RawQuery,
		body:   func() ([]byte, error) { return body(request) },
	}))
}

// ServeFastHTTP is ServeHTTP for a server of package fasthttp.
func (r *Receiver) ServeFastHTTP(request *fasthttp.RequestCtx) {
	request.SetStatusCode(r.answer(incoming{
		ctx:    request,
		method: string(request.Method()),
		header: func(name string) string { return string(request.Request.Header.Peek(name)) },
		query:  string(request.URI().QueryString()),
		body:   func() ([]byte, error) { return fastBody(request) },
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
	p, err := r.parameters(in)
	if err != nil || r.receive(ctx, p) != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// parameters is what a request says.
type parameters struct {
	id, timestamp string
	all           string // query and form as they came, for the quarantine
}

// parameters reads the values from the URL, or from a form in the body if the URL has no id. What can't be read of either is
// left out, and hides nothing else. An error means that the body didn't come whole, and perhaps the id with it.
func (r *Receiver) parameters(in incoming) (p parameters, err error) {
	query, _ := url.ParseQuery(in.query)
	p = parameters{id: query.Get(r.idName), timestamp: query.Get(r.timeName), all: in.query}
	if p.id == "" && in.method == http.MethodPost {
		body, err := in.body()
		if err != nil {
			return parameters{}, err
		}
		r.addForm(&p, in.header("Content-Type"), body)
	}
	// A + that nobody encoded was read as a space.
	p.id = strings.ReplaceAll(p.id, " ", "+")
	return p, nil
}

// addForm adds what a body has.
func (r *Receiver) addForm(p *parameters, contentType string, body []byte) {
	form := formOf(contentType, body)
	p.id = form.Get(r.idName)
	if form.Has(r.timeName) {
		p.timestamp = form.Get(r.timeName)
	}
	if p.all != "" && len(body) > 0 {
		p.all += "\n"
	}
	p.all += string(body)
}

// formOf reads a form, what can be read of it. Whatever doesn't say that it has several parts is read like a query, even if it
// says that it is something else: it is rather an opt-out than nothing.
func formOf(contentType string, body []byte) url.Values {
	mediaType, of, _ := mime.ParseMediaType(contentType)
	if mediaType != "multipart/form-data" {
		form, _ := url.ParseQuery(string(body))
		return form
	}
	form, err := multipart.NewReader(bytes.NewReader(body), of["boundary"]).ReadForm(maxForm)
	if err != nil {
		return nil
	}
	return form.Value
}

// body reads a body. One that is too long is no failure, as it won't be shorter when it is sent again.
func body(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(http.MaxBytesReader(nil, request.Body, maxForm))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		err = nil
	}
	return b, err
}

// fastBody is body for a request of package fasthttp. If its server streams bodies, PostBody would return the text of the
// error as the body.
func fastBody(request *fasthttp.RequestCtx) ([]byte, error) {
	if stream := request.RequestBodyStream(); stream != nil {
		return io.ReadAll(io.LimitReader(stream, maxForm))
	}
	b := request.PostBody()
	return b[:min(len(b), maxForm)], nil
}

// receive records one value. An error means that it is not durable.
func (r *Receiver) receive(ctx context.Context, p parameters) error {
	uid, err := codec.DecodeRawUID(p.id)
	switch {
	case err != nil:
		return r.quarantine(ctx, p)
	case isSentinel(uid):
		r.sentinels.Add(1)
		r.heartbeatMs.Store(r.store.now().UnixMilli())
		return nil
	}
	return r.store.Record(ctx, uid, r.since(p.timestamp))
}

// quarantine keeps an id that is no raw UID, or all there is if there is no id: it may be an opt-out under another name.
func (r *Receiver) quarantine(ctx context.Context, p parameters) error {
	what := p.id
	if what == "" {
		what = p.all
	}
	if err := r.store.Quarantine(ctx, []byte(what[:min(len(what), maxQuarantined)])); err != nil {
		return err
	}
	r.quarantined.Add(1)
	return nil
}

// isSentinel tells whether a raw UID is what begins or ends each batch: 32 times the byte 00 or FF.
func isSentinel(uid codec.RawUID) bool {
	raw := uid.AppendBytes(make([]byte, 0, 33))
	return len(raw) == 32 && (raw[0] == 0 || raw[0] == 0xFF) && strings.Count(string(raw), string(raw[:1])) == len(raw)
}

// msFrom is the number from which a time counts as milliseconds: as seconds it would be in the year 5138.
const msFrom = 100_000_000_000

// since reads a time in Unix seconds, or milliseconds where somebody got that wrong. It returns 0, unknown, for what can't be a
// time or is in the future: the time only informs, the opt-out counts. It doesn't return the present time instead: that would
// be another one, and another entry of the log, whenever the service sends the same opt-out again.
func (r *Receiver) since(text string) (ms int64) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	if n < msFrom {
		n *= 1000
	}
	if n > r.store.now().UnixMilli() {
		return 0
	}
	return n
}
