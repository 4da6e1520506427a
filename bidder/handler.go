package bidder

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// HandlerConfig is how a request's body is annotated before a bidder's own handler gets it. Its
// zero value are the defaults.
type HandlerConfig struct {
	// MaxBody is how many bytes a body may have, also when it is decompressed. Default 1 MiB.
	MaxBody uint32
	// NextReadsStrictly leaves the look at a body as a whole out, which takes longer than all the
	// rest. Set it if the next handler refuses what isn't JSON, as encoding/json does, anywhere in
	// the body. One that reads with github.com/buger/jsonparser or the like doesn't, and may find
	// forged annotations in what is no JSON.
	NextReadsStrictly bool
}

const defaultMaxBody = 1 << 20

// FoundIn returns what a handler of this package found in the request that a context belongs to; it
// may be a *fasthttp.RequestCtx. ok is false for a request without a body.
func FoundIn(ctx context.Context) (found Found, ok bool) {
	found, ok = ctx.Value(foundKey{}).(Found)
	return found, ok
}

type foundKey struct{}

// handling is what both kinds of handler do with a body.
type handling struct {
	bidder  *Bidder
	maxBody int64
	strict  bool // the next handler is
}

func (b *Bidder) handling(cfg HandlerConfig) *handling {
	h := &handling{bidder: b, maxBody: defaultMaxBody, strict: cfg.NextReadsStrictly}
	if cfg.MaxBody > 0 {
		h.maxBody = int64(cfg.MaxBody)
	}
	return h
}

// refusal is why a body doesn't reach the next handler. Its text is what the caller is told:
// nothing of the body.
type refusal struct {
	status int
	text   string
}

var (
	errTooLarge  = &refusal{http.StatusRequestEntityTooLarge, "the body is too large"}
	errEncoding  = &refusal{http.StatusUnsupportedMediaType, "the content encoding is neither gzip nor identity"}
	errUnread    = &refusal{http.StatusBadRequest, "the body can't be read"}
	errMalformed = &refusal{http.StatusBadRequest, "the body is no bid request"}
)

// work is the memory for one body. Nothing of it may be in use when it is put back.
type work struct {
	body, annotated []byte
	plain           bytes.Reader
	gzip            gzip.Reader
}

var works = sync.Pool{New: func() any { return &work{body: make([]byte, 0, 8<<10)} }}

// maxKept is how much memory a work may have and be kept.
const maxKept = 64 << 10

func (w *work) putBack() {
	w.plain.Reset(nil)
	if max(cap(w.body), cap(w.annotated)) <= maxKept {
		works.Put(w)
	}
}

// annotate reads a body and annotates it into w.annotated, which is empty if the body is.
func (h *handling) annotate(w *work, from io.Reader, encoding string) (Found, *refusal) {
	w.annotated = w.annotated[:0]
	if refused := h.read(w, from, encoding); refused != nil {
		return Found{}, refused
	}
	if len(w.body) == 0 {
		return Found{}, nil
	}
	annotated, found, err := h.bidder.Annotate(w.annotated, w.body, time.Now())
	if w.annotated = annotated; err != nil || !h.strict && !json.Valid(w.body) {
		return Found{}, errMalformed
	}
	return found, nil
}

// read reads all of a body into w.body.
func (h *handling) read(w *work, from io.Reader, encoding string) *refusal {
	w.body = w.body[:0]
	switch encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		if err := w.gzip.Reset(from); err != nil {
			return errUnread
		}
		from = &w.gzip
	default:
		return errEncoding
	}
	return w.readAll(from, h.maxBody)
}

// readAll reads until the end, or one byte more than the limit.
func (w *work) readAll(from io.Reader, limit int64) *refusal {
	for {
		w.body = slices.Grow(w.body, 1)
		room := w.body[len(w.body):min(int64(cap(w.body)), limit+1)]
		n, err := from.Read(room)
		w.body = w.body[:len(w.body)+n]
		switch {
		case int64(len(w.body)) > limit:
			return errTooLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return errUnread
		}
	}
}
