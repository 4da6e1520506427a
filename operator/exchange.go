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

// exchange is one HTTP request, and what is known of its connection.
type exchange struct {
	sent    *Request
	request *http.Request

	reused bool        // the connection was kept from an earlier call
	begun  atomic.Bool // a byte of an answer has arrived
}

// exchange makes the HTTP request, stamped with the current time. The transport doesn't repeat a
// POST without GetBody and Idempotency-Key, so no envelope is sent twice.
func (c *Client) exchange(ctx context.Context, path string, creds Credentials, m message) *exchange {
	x := &exchange{sent: m(creds, c.config.now())}
	header := http.Header{
		"Content-Type":          {x.sent.ContentType},
		"X-Uid2-Client-Version": {"uid2-client-go-" + c.config.version},
		"User-Agent":            {""}, // suppresses the header
	}
	if !creds.IsZero() {
		header.Set("Authorization", "Bearer "+creds.held().apiKey)
	}
	request := &http.Request{
		Method:        http.MethodPost,
		URL:           c.base.JoinPath(path),
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(x.sent.Body)),
		ContentLength: int64(len(x.sent.Body)),
	}
	x.request = request.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(info httptrace.GotConnInfo) { x.reused = info.Reused },
		GotFirstResponseByte: func() { x.begun.Store(true) },
	}))
	return x
}

// unanswered reports whether a kept connection yielded no answer at all.
func (x *exchange) unanswered() bool { return x.reused && !x.begun.Load() }

// read turns an HTTP answer into a payload or an error.
func (c *Client) read(ctx context.Context, sent *Request, response *http.Response) ([]byte, *Error) {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody+1)) // the status is enough
		return nil, sent.answerError(response.StatusCode, response.Header.Get("Retry-After"), body, c.config.now())
	}
	body, err := c.readBody(response)
	if err != nil {
		return nil, c.failure(ctx, bodyError(err))
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

// readBody reads a body, up to the client's size limit.
func (c *Client) readBody(response *http.Response) ([]byte, error) {
	if response.ContentLength > int64(c.config.maxBody) {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(c.config.maxBody)+1))
	if len(body) > c.config.maxBody {
		return nil, errTooLarge
	}
	return body, err
}
