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

// ErrAnswer: an operator's answer opened, and is no answer that it should give. It never tells what it was.
var ErrAnswer = errors.New("identitymap: not an operator's answer about identities")

// ErrOption is wrapped by what a call says about an impossible option.
var ErrOption = errors.New("identitymap: impossible option")

// Operator is what a Client needs of an operator.Client. Its methods return the decrypted JSON of an answer.
type Operator interface {
	MapIdentities(ctx context.Context, request []byte) (answer []byte, err error)
	MapIdentitiesV2(ctx context.Context, request []byte) (answer []byte, err error)
	IdentityBuckets(ctx context.Context, request []byte) (answer []byte, err error)
}

// Client asks an operator about identities. It may be used from any number of goroutines.
type Client struct{ operator Operator }

// New makes a Client of an operator, which is usually an *operator.Client with the role MAPPER.
func New(operator Operator) *Client { return &Client{operator} }

// Mapped is what an operator knows about an identity.
type Mapped struct {
	UID         codec.RawUID
	Previous    codec.RawUID // the raw UID before, if UID is younger than 90 days; Map only
	RefreshFrom time.Time    // not to be asked about before; Map only, zero otherwise

	// Bucket is the one of its salts; MapV2 only.
	//
	// Deprecated: see [Client.MapV2].
	Bucket string
}

// Reason is why there is no raw UID for an identity.
type Reason uint8

const (
	// ReasonUnknown: a reason that this version doesn't know.
	ReasonUnknown Reason = iota
	// ReasonOptedOut: the user has opted out.
	ReasonOptedOut
	// ReasonInvalid: the operator doesn't take the identity for one.
	ReasonInvalid
)

// reasons by the operator's words.
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

// Unmapped is why there is no raw UID for an identity: the reason, and the operator's words for it.
type Unmapped struct {
	Reason Reason
	Text   string
}

func unmapped(text string) Unmapped { return Unmapped{reasons[text], text} }

// Result has each identity that was asked about, in one of its maps.
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

// WithProgress calls f after each batch, with how many different identities are done, and how many there are. It is called in
// the caller's goroutine. Nil means nothing is called.
func WithProgress(f func(done, total int)) Option { return func(c *call) { c.progress = f } }

// WithBatch sets how many identities go into one request: 1 to operator.MaxIdentities, which is the
// default.
func WithBatch(n int) Option { return func(c *call) { c.batch = n } }

// How many requests of a call are on their way at the same time.
const (
	// MaxParallel is what operators ask their callers not to exceed.
	MaxParallel     = 20
	defaultParallel = 8
)

// WithParallel sets how many batches may be on their way at the same time: 1 to MaxParallel.
// Default is 8.
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

// hashed is what is asked about: a kind of hash and its text.
type hashed struct {
	kind dii.Kind
	hash string
}

// groups are the identities by what is asked about, in the order in which these came first.
type groups struct {
	order   []hashed
	members map[hashed][]dii.Identity
}

func group(ids []dii.Identity) (*groups, error) {
	g := &groups{members: make(map[hashed][]dii.Identity, len(ids))}
	for i, id := range ids {
		if id.IsZero() {
			return nil, fmt.Errorf("identitymap: identity %d of the list is nobody", i)
		}
		h := hashed{id.Kind().Hashed(), id.RevealHash()}
		if _, again := g.members[h]; !again {
			g.order = append(g.order, h)
		}
		g.members[h] = append(g.members[h], id)
	}
	return g, nil
}

// ofKind are the hashes of one kind.
func ofKind(kind dii.Kind, all []hashed) []hashed {
	return slices.DeleteFunc(slices.Clone(all), func(h hashed) bool { return h.kind != kind })
}
