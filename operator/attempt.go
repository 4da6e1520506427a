package operator

import (
	"context"
	"time"

	"github.com/valyala/fasthttp"
)

// exchange is one HTTP request and its answer. Both belong to the goroutine of send until done tells that it has ended:
// fasthttp goes on using them for a while after a deadline. They are never pooled.
type exchange struct {
	request  fasthttp.Request
	response fasthttp.Response
	sent     *Request
	done     chan error
}

// attempt seals a message anew, sends it and opens the answer.
func (c *Client) attempt(ctx context.Context, path string, m message) ([]byte, *Error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, nil)
	}
	c.stats.attempts.Add(1)
	x, err := c.exchange(path, m)
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

// exchange makes the HTTP request, stamped with the present time.
func (c *Client) exchange(path string, m message) (*exchange, error) {
	sent, err := m(c.creds, c.config.now())
	if err != nil {
		return nil, err
	}
	x := &exchange{sent: sent, done: make(chan error, 1)}
	x.request.SetRequestURI(c.target.url + path)
	x.request.Header.SetMethod(fasthttp.MethodPost)
	x.request.Header.SetContentType(sent.ContentType)
	x.request.Header.Set(fasthttp.HeaderAuthorization, "Bearer "+c.creds.held().apiKey)
	x.request.Header.Set("X-UID2-Client-Version", "uid2-client-go-"+c.config.version)
	x.request.SetBodyRaw(sent.Body)
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
	answer, serverMs, failure := x.sent.open(x.response.Body(), string(x.response.Header.ContentType()))
	if failure != nil {
		failure.HTTPStatus = status
		return nil, failure
	}
	if serverMs != 0 {
		c.stats.clockOffset.Store(int64(time.UnixMilli(serverMs).Sub(c.config.now())))
	}
	return answer, nil
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
