package identitymap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/operator"
)

// ErrAnswer: an operator's answer was decrypted, but isn't valid. The error never contains the
// answer.
var ErrAnswer = errors.New("identitymap: not an operator's answer about identities")

// ErrOption is wrapped by what a call says about an impossible option.
var ErrOption = errors.New("identitymap: impossible option")

// Operator is the part of operator.Client that a Client needs. Its methods return the decrypted
// JSON of an answer.
type Operator interface {
	MapIdentities(ctx context.Context, request []byte) (answer []byte, err error)
	MapIdentitiesV2(ctx context.Context, request []byte) (answer []byte, err error)
	IdentityBuckets(ctx context.Context, request []byte) (answer []byte, err error)
}

// Client asks an operator about identities. It is safe for concurrent use.
type Client struct{ operator Operator }

// New returns a Client of an operator, which is usually an *operator.Client with the role MAPPER.
func New(operator Operator) *Client { return &Client{operator} }

// Mapped is an operator's answer for an identity with a raw UID.
type Mapped struct {
	UID         codec.RawUID
	Previous    codec.RawUID // the raw UID before, if UID is younger than 90 days; Map only
	RefreshFrom time.Time    // not to be asked about before; Map only, zero otherwise

	// Bucket is the identity's salt bucket; MapV2 only.
	//
	// Deprecated: see [Client.MapV2].
	Bucket string
}

// Reason is the reason why an identity has no raw UID.
type Reason uint8

const (
	// ReasonUnknown: a reason that this package doesn't know.
	ReasonUnknown Reason = iota
	// ReasonOptedOut: the user has opted out.
	ReasonOptedOut
	// ReasonInvalid: to the operator, the identity is invalid.
	ReasonInvalid
)

// reasons by the operator's text.
var reasons = map[string]Reason{"optout": ReasonOptedOut, "invalid identifier": ReasonInvalid}

// String returns "opted out", "invalid identifier" or "unknown".
func (r Reason) String() string {
	switch r {
	case ReasonOptedOut:
		return "opted out"
	case ReasonInvalid:
		return "invalid identifier"
	}
	return "unknown"
}

// Unmapped is an operator's answer for an identity without a raw UID: the reason, and the
// operator's text.
type Unmapped struct {
	Reason Reason
	Text   string
}

func unmapped(text string) Unmapped { return Unmapped{reasons[text], text} }

// Result has each identity that was asked about in one of its maps.
type Result struct {
	Mapped   map[dii.Identity]Mapped
	Unmapped map[dii.Identity]Unmapped
}

// Option is about one call, which refuses impossible values: the error is ErrOption, and nothing is
// sent.
type Option func(*call)

type call struct {
	progress func(done, total int)
	batch    int
	parallel int
}

// WithProgress calls f after each batch, with the number of distinct identities that are done and
// their total. f is called in the caller's goroutine; nil means that nothing is called.
func WithProgress(f func(done, total int)) Option { return func(c *call) { c.progress = f } }

// WithBatch sets the number of identities per request: 1 to operator.MaxIdentities, which is the
// default.
func WithBatch(n int) Option { return func(c *call) { c.batch = n } }

// The number of concurrent requests of a call.
const (
	// MaxParallel is the limit that operators ask their callers to respect.
	MaxParallel     = 20
	defaultParallel = 8
)

// WithParallel sets the number of concurrent batches: 1 to MaxParallel. The default is 8.
func WithParallel(n int) Option { return func(c *call) { c.parallel = n } }

func newCall(opts []Option) (*call, error) {
	c := &call{batch: operator.MaxIdentities, parallel: defaultParallel}
	for _, opt := range opts {
		opt(c)
	}
	if c.progress == nil {
		c.progress = func(int, int) {}
	}
	switch {
	case c.batch < 1 || c.batch > operator.MaxIdentities:
		return nil, fmt.Errorf("%w: %d identities in a request: 1 to %d are possible", ErrOption, c.batch, operator.MaxIdentities)
	case c.parallel < 1 || c.parallel > MaxParallel:
		return nil, fmt.Errorf("%w: %d requests at a time: 1 to %d are possible", ErrOption, c.parallel, MaxParallel)
	}
	return c, nil
}

// hashed is what an operator is asked about: a kind of hash and its text.
type hashed struct {
	kind dii.Kind
	hash string
}

// groups holds the identities by hash, and the distinct hashes in the order of their first
// occurrence.
type groups struct {
	order   []hashed
	members map[hashed][]dii.Identity
}

func group(ids []dii.Identity) (*groups, error) {
	g := &groups{members: make(map[hashed][]dii.Identity, len(ids))}
	for i, id := range ids {
		if id.IsZero() {
			return nil, fmt.Errorf("identitymap: identity %d of the list is the zero value", i)
		}
		h := hashed{id.Kind().Hashed(), id.RevealHash()}
		if _, again := g.members[h]; !again {
			g.order = append(g.order, h)
		}
		g.members[h] = append(g.members[h], id)
	}
	return g, nil
}

// ofKind returns the hashes of one kind.
func ofKind(kind dii.Kind, all []hashed) []hashed {
	return slices.DeleteFunc(slices.Clone(all), func(h hashed) bool { return h.kind != kind })
}
