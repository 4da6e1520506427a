package operator

import "context"

// attempt seals a message anew, sends it and opens the answer.
//
// A connection that was kept from an earlier call may be gone by now, which shows only when it is
// used. That is no sign of an operator in trouble, so it costs no attempt: the message is sealed
// and sent once more, on another connection. It isn't once a byte of an answer has come, nor on a
// new connection, nor beyond the time of the attempt.
func (c *Client) attempt(ctx context.Context, path string, m message) ([]byte, *Error) {
	if ctx.Err() != nil {
		return nil, ended(ctx, nil)
	}
	c.stats.attempts.Add(1)
	timed, cancel := context.WithTimeout(ctx, c.config.timeout)
	defer cancel()
	for {
		x := c.exchange(timed, path, m)
		response, err := c.http.RoundTrip(x.request)
		if err == nil {
			return c.read(ctx, x.sent, response)
		}
		if x.unanswered() {
			c.http.CloseIdleConnections() // as old as this one, and likely to be gone as well
			if timed.Err() == nil {
				c.stats.resent.Add(1)
				continue
			}
		}
		return nil, c.failure(ctx, transportError(err, x.begun.Load()))
	}
}

// failure tells what Close did and what the caller's deadline did from what the network did.
func (c *Client) failure(ctx context.Context, network *Error) *Error {
	if c.work.ctx.Err() != nil {
		return &Error{Kind: ErrClosed}
	}
	if ctx.Err() != nil {
		return ended(ctx, nil)
	}
	return network
}
