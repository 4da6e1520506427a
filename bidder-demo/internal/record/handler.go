package record

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

type contextKey struct{}

// recordingIn returns the recording that a context carries, or nil.
func recordingIn(ctx context.Context) *recording {
	rec, _ := ctx.Value(contextKey{}).(*recording)
	return rec
}

// Handler records what comes to Prebid Server's endpoints of auctions, and what they answer.
func (r *Recorder) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		endpoint, isAuction := strings.CutPrefix(req.URL.Path, "/openrtb2/")
		if !isAuction {
			next.ServeHTTP(w, req)
			return
		}
		rec := &recording{at: time.Now(), endpoint: endpoint, ticket: r.tickets.of(req)}
		defer r.finish(rec) // also after a panic, which isn't ours
		req = req.WithContext(context.WithValue(req.Context(), contextKey{}, rec))
		req.Body = &incoming{req.Body, rec}
		next.ServeHTTP(&outgoing{w, rec}, req)
	})
}

// incoming records a request's body as it is read.
type incoming struct {
	io.ReadCloser
	rec *recording
}

func (b *incoming) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.rec.write(func() { _, _ = b.rec.incoming.Write(p[:n]) })
	return n, err
}

// outgoing records an answer as it is written.
type outgoing struct {
	http.ResponseWriter
	rec *recording
}

// Unwrap is for [http.ResponseController].
func (w *outgoing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (w *outgoing) WriteHeader(status int) {
	w.rec.write(func() { w.rec.status = status })
	w.ResponseWriter.WriteHeader(status)
}

func (w *outgoing) Write(p []byte) (int, error) {
	w.rec.write(func() {
		if w.rec.status == 0 {
			w.rec.status = http.StatusOK
		}
		_, _ = w.rec.sent.Write(p)
	})
	return w.ResponseWriter.Write(p)
}
