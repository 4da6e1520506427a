package operator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
	"github.com/valyala/fasthttp"
)

const octetStream = "application/octet-stream"

// exchange is one HTTP request and its answer. Both belong to the goroutine of send until done tells that it has ended:
// fasthttp goes on using them for a while after a deadline. They are never pooled.
type exchange struct {
	request  fasthttp.Request
	response fasthttp.Response
	nonce    [envelope.NonceSize]byte
	done     chan error
}

// attempt seals payload anew, sends it and opens the answer.
func (c *Client) attempt(ctx context.Context, path string, payload []byte) ([]byte, *Error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, nil)
	}
	c.stats.attempts.Add(1)
	x, err := c.seal(path, payload)
	if err != nil {
		return nil, &Error{Kind: ErrClientSecret, Err: err}
	}
	deadline := time.Now().Add(c.config.timeout)
	if of, ok := ctx.Deadline(); ok && of.Before(deadline) {
		deadline = of
	}
	if !c.work.run(func() { x.done <- c.http.DoDeadline(&x.request, &x.response, deadline) }) {
		return nil, &Error{Kind: ErrClosed}
	}
	select {
	case <-ctx.Done():
		return nil, ended(ctx, nil)
	case err := <-x.done:
		return c.result(ctx, x, err)
	}
}

// seal makes the request, stamped with the present time and a nonce of its own.
func (c *Client) seal(path string, payload []byte) (*exchange, error) {
	x := &exchange{nonce: envelope.NewNonce(), done: make(chan error, 1)}
	sealed, err := envelope.AppendRequest(nil, c.creds.held().secret, c.config.now().UnixMilli(), x.nonce, payload)
	if err != nil {
		return nil, err
	}
	x.request.SetRequestURI(c.target.url + path)
	x.request.Header.SetMethod(fasthttp.MethodPost)
	x.request.Header.SetContentType("text/plain")
	x.request.Header.Set(fasthttp.HeaderAuthorization, "Bearer "+c.creds.held().apiKey)
	x.request.Header.Set("X-UID2-Client-Version", "uid2-client-go-"+c.config.version)
	x.request.SetBodyRaw(envelope.AppendBase64(nil, sealed))
	return x, nil
}

// result judges what an exchange brought.
func (c *Client) result(ctx context.Context, x *exchange, err error) ([]byte, *Error) {
	if err != nil {
		return nil, c.failure(ctx, err)
	}
	status := x.response.StatusCode()
	if status != fasthttp.StatusOK {
		now := c.config.now()
		return nil, answerError(status, x.response.Header.Peek(fasthttp.HeaderRetryAfter), x.response.Body(), now)
	}
	answer, failure := c.open(x)
	if failure != nil {
		failure.HTTPStatus = status
	}
	return answer, failure
}

// failure tells what Close did and what the caller's deadline did from what the network did.
func (c *Client) failure(ctx context.Context, err error) *Error {
	if c.work.ctx.Err() != nil {
		return &Error{Kind: ErrClosed}
	}
	if ctx.Err() != nil {
		return ended(ctx, nil)
	}
	deadline, ok := ctx.Deadline()
	if ok && isTimeout(err) && !time.Now().Before(deadline) {
		return &Error{Kind: ErrUnavailable, Err: context.DeadlineExceeded} // the context is about to say so
	}
	return transportError(err)
}

// open decrypts the body of an answer: binary or text, as its media type says.
func (c *Client) open(x *exchange) ([]byte, *Error) {
	sealed := x.response.Body()
	if !isOctetStream(x.response.Header.ContentType()) {
		var err error
		if sealed, err = envelope.DecodeBase64(sealed); err != nil {
			return nil, &Error{Kind: ErrResponse, Err: err}
		}
	}
	answer, serverMs, err := envelope.OpenResponse(c.creds.held().secret, sealed, x.nonce)
	switch {
	case errors.Is(err, envelope.ErrDecrypt):
		return nil, &Error{Kind: ErrClientSecret, Err: fmt.Errorf("%w: %w", ErrResponse, err)}
	case err != nil:
		return nil, &Error{Kind: ErrResponse, Err: err}
	}
	c.stats.clockOffset.Store(int64(time.UnixMilli(serverMs).Sub(c.config.now())))
	return answer, nil
}

// isOctetStream compares the media type without its parameters.
func isOctetStream(contentType []byte) bool {
	mediaType, _, _ := bytes.Cut(contentType, []byte(";"))
	return bytes.EqualFold(bytes.TrimSpace(mediaType), []byte(octetStream))
}
