package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Call asks an endpoint that has no method here yet: payload, the JSON of a request or nil, is sent
// in an envelope to path below the base URL, such as "/v2/key/bidstream". It returns the decrypted
// JSON of the answer, in fresh memory. Like the other calls it is made again where that may help,
// so an endpoint can meet a request twice. Errors are of type *Error, or wrap ErrOption if path or
// form is none; nothing is sent then.
func (c *Client) Call(ctx context.Context, path string, form Form, payload []byte) ([]byte, error) {
	switch {
	case !plainPath(path):
		return nil, fmt.Errorf("%w: the path is not plain words, each behind a slash", ErrOption)
	case form > Binary:
		return nil, fmt.Errorf("%w: the form is neither Text nor Binary", ErrOption)
	}
	return c.sealed(ctx, path, form, payload)
}

// plainPath refuses what would lead elsewhere, or be written in another way: a call must reach what
// its caller has named.
func plainPath(path string) bool {
	words := strings.Split(path, "/")
	return len(words) > 1 && words[0] == "" && !slices.ContainsFunc(words[1:], func(word string) bool {
		return strings.Trim(word, ".") == "" || !plainName(word)
	})
}
