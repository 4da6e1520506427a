package bidder

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Handler annotates the body of each request before next gets it: a bid request as next reads it
// has what came of each token beside it, and no forged annotation. [FoundIn] of the request's
// context says what was found. The body comes decompressed.
//
// A body that can't be trusted never reaches next:
//
//	400  it is no JSON, or ambiguous, or nested too deep, or doesn't come
//	413  it is too large
//	415  its encoding is neither gzip nor identity
//
// What isn't JSON is refused rather than mended, since no reader could be sure to find the same
// uids in it. A request without a body goes to next as it is. Nothing of a body is logged or
// answered.
func (b *Bidder) Handler(next http.Handler, cfg HandlerConfig) http.Handler {
	h := b.handling(cfg)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		annotated, refused := h.request(r)
		if refused != nil {
			http.Error(w, refused.text, refused.status)
			return
		}
		next.ServeHTTP(w, annotated)
	})
}

// request returns the request that the next handler gets. Its body is memory of its own: a handler
// may leave it to others.
func (h *handling) request(r *http.Request) (*http.Request, *refusal) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	w := works.Get().(*work)
	defer w.putBack()
	found, refused := h.annotate(w, r.Body, strings.ToLower(strings.Join(r.Header.Values("Content-Encoding"), ",")))
	if refused != nil {
		return nil, refused
	}
	ctx := r.Context()
	if len(w.annotated) > 0 {
		ctx = context.WithValue(ctx, foundKey{}, found)
	}
	annotated := r.WithContext(ctx)
	annotated.Header = r.Header.Clone()
	annotated.Header.Del("Content-Encoding")
	annotated.Header.Set("Content-Length", strconv.Itoa(len(w.annotated)))
	annotated.ContentLength, annotated.TransferEncoding = int64(len(w.annotated)), nil
	annotated.Body = io.NopCloser(bytes.NewReader(bytes.Clone(w.annotated)))
	return annotated, nil
}
