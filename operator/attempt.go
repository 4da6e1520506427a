package operator

import "context"

// attempt seals a message, sends it and opens the answer.
//
// A connection kept from an earlier call may have been closed, which shows only when it is used.
// That is no sign of an operator in trouble, so it costs no attempt: the message is sealed and sent
// once more, on another connection. That is not done once a byte of an answer has arrived, nor on a
// new connection, nor after the attempt's timeout.
func (c *Client) attempt(ctx context.Context, path string, creds Credentials, m message) ([]byte, *Error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, nil)
	}
	c.stats.attempts.Add(1)
	timed, cancel := context.WithTimeout(ctx, c.config.timeout)
	defer cancel()
	for {
		x := c.exchange(timed, path, creds, m)
		transport := c.http.current()
		response, err := transport.RoundTrip(x.request)
		if err == nil {
			return c.read(ctx, x.sent, response)
		}
		if x.unanswered() {
			transport.CloseIdleConnections() // as old as this one, and probably closed as well
			if timed.Err() == nil {
				c.stats.resent.Add(1)
				continue
			}
		}
		return nil, c.failure(ctx, transportError(err, x.begun.Load()))
	}
}

// failure distinguishes what Close, the caller's deadline and the network have caused.
func (c *Client) failure(ctx context.Context, network *Error) *Error {
	if c.work.ctx.Err() != nil {
		return &Error{Kind: ErrClosed}
	}
	if ctx.Err() != nil {
		return ended(ctx, nil)
	}
	return network
}
