package operator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// exchange is one HTTP request, and what was seen of its connection.
type exchange struct {
	sent    *Request
	request *http.Request

	reused bool        // the connection is from an earlier call
	begun  atomic.Bool // a byte of an answer has come
}

// exchange makes the HTTP request, stamped with the present time.
func (c *Client) exchange(ctx context.Context, path string, m message) (*exchange, error) {
	sent, err := m(c.creds, c.config.now())
	if err != nil {
		return nil, err
	}
	x := &exchange{sent: sent}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(info httptrace.GotConnInfo) { x.reused = info.Reused },
		GotFirstResponseByte: func() { x.begun.Store(true) },
	})
	x.request, err = http.NewRequestWithContext(ctx, http.MethodPost, c.target.url+path, bytes.NewReader(sent.Body))
	if err != nil {
		return nil, err
	}
	x.request.GetBody = nil // or the transport would send the same envelope twice
	x.request.Header.Set("Content-Type", sent.ContentType)
	x.request.Header.Set("X-UID2-Client-Version", "uid2-client-go-"+c.config.version)
	x.request.Header.Set("User-Agent", "") // sends none
	if !c.creds.IsZero() {
		x.request.Header.Set("Authorization", "Bearer "+c.creds.held().apiKey)
	}
	return x, nil
}

// unanswered reports whether a connection from an earlier call brought nothing.
func (x *exchange) unanswered() bool { return x.reused && !x.begun.Load() }

// read judges an HTTP answer.
func (c *Client) read(ctx context.Context, sent *Request, response *http.Response) ([]byte, *Error) {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody+1)) // the status counts without it
		return nil, sent.answerError(response.StatusCode, response.Header.Get("Retry-After"), body, c.config.now())
	}
	body, err := c.readBody(response)
	if err != nil {
		return nil, c.failure(ctx, bodyError(err), err)
	}
	answer, serverMs, failure := sent.open(body, response.Header.Get("Content-Type"))
	if failure != nil {
		failure.HTTPStatus = response.StatusCode
		return nil, failure
	}
	if serverMs != 0 {
		c.stats.clockOffset.Store(int64(time.UnixMilli(serverMs).Sub(c.config.now())))
	}
	return answer, nil
}

// readBody reads a body within the client's bound.
func (c *Client) readBody(response *http.Response) ([]byte, error) {
	if response.ContentLength > int64(c.config.maxBody) {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(c.config.maxBody)+1))
	if err == nil && len(body) > c.config.maxBody {
		return nil, errTooLarge
	}
	return body, err
}
