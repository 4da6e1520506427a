package bidstream

import (
	"errors"
	"fmt"
	"sync"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// KeySource provides the current keys. A [keyset.Refresher] is one, and so is what [keyset.Static]
// returns. Snapshot is called for every token, once or twice, from any goroutine; nil counts as a
// Snapshot without keys.
type KeySource interface {
	Snapshot() *keyset.Snapshot
}

// Decrypter decides whether tokens may be used. Build it with [New]. It is immutable and safe for
// concurrent use.
//
// Decrypting doesn't allocate: the [codec.Token] that it needs, which lives on the heap, comes from
// a pool that all Decrypters share. A pool, rather than one Token per Decrypter, saves callers a
// lock or a Decrypter per goroutine.
type Decrypter struct {
	sources       [codec.ScopeEUID + 1]KeySource // by scope; nil where not configured
	optOuts       OptOuts                        // nil where not configured
	prefetcher    OptOutPrefetcher               // what optOuts is, too; nil if it isn't
	allowUnsynced bool
	role          role
}

// role is the purpose that tokens are decrypted for. It changes checks 14 and 15.
type role uint8

const (
	forBidding role = iota
	forSharing
	forLegacy
)

// ErrOption is wrapped by what New says about an impossible option.
var ErrOption = errors.New("bidstream: impossible option")

// Option configures a Decrypter. New refuses impossible values.
type Option func(*Decrypter) error

func set(f func(*Decrypter)) Option {
	return func(d *Decrypter) error {
		f(d)
		return nil
	}
}

// WithKeys sets the source of keys for a scope, ScopeUID2 or ScopeEUID; without any source, every
// status is NotInitialized. Setting a scope's source again replaces it. If the source's keys turn
// out to be of another scope, they open nothing: the status is InvalidIdentityScope. Another scope
// and a nil source are impossible.
func WithKeys(scope codec.Scope, source KeySource) Option {
	return func(d *Decrypter) error {
		if scope != codec.ScopeUID2 && scope != codec.ScopeEUID {
			return fmt.Errorf("%w: the scope of keys is neither UID2 nor EUID", ErrOption)
		}
		if source == nil {
			return fmt.Errorf("%w: the source of %v keys is nil", ErrOption, scope)
		}
		d.sources[scope] = source
		return nil
	}
}

// WithOptOuts sets the opt-outs to check. Without it, or with nil, opt-outs are assumed to be
// checked elsewhere: raw UIDs are returned, and Verdict.OptOut is unknown unless the token itself
// says that the user has opted out.
func WithOptOuts(optOuts OptOuts) Option {
	return set(func(d *Decrypter) {
		d.optOuts = optOuts
		d.prefetcher, _ = optOuts.(OptOutPrefetcher)
	})
}

// AllowUnsyncedOptOuts returns raw UIDs even while the opt-outs are not synchronized and so the
// user's state is unknown. By default they are withheld: the status is then Success, with the other
// fields filled in and no UID.
func AllowUnsyncedOptOuts() Option {
	return set(func(d *Decrypter) { d.allowUnsynced = true })
}

// ForSharing makes a Decrypter for tokens that another participant sent, rather than tokens from
// the bidstream: it applies the lifetime limit for sharing, and checks no domain or app name.
// Package sharing has the other half.
func ForSharing() Option {
	return set(func(d *Decrypter) { d.role = forSharing })
}

// ForLegacy makes a Decrypter that follows the rules of clients from before lifetime limits: check
// 15 is left out, and check 14 applies only if the query has a name. It is for migrating older
// programs; bidders must not use it.
func ForLegacy() Option {
	return set(func(d *Decrypter) { d.role = forLegacy })
}

// New builds a Decrypter. Errors wrap ErrOption.
func New(opts ...Option) (*Decrypter, error) {
	d := new(Decrypter)
	for _, opt := range opts {
		if err := opt(d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Decrypt judges a token and overwrites v with the verdict. It neither changes token nor keeps a
// reference to it, and doesn't allocate.
func (d *Decrypter) Decrypt(v *Verdict, token []byte, q Query) {
	codec.PrefetchMaster(token, d.keys(q.Scope).Keys())
	t := tokens.Get().(*codec.Token)
	d.decide(v, t, codec.Parse(t, token), q)
}

// DecryptString is like Decrypt, for a string.
func (d *Decrypter) DecryptString(v *Verdict, token string, q Query) {
	codec.PrefetchMaster(token, d.keys(q.Scope).Keys())
	t := tokens.Get().(*codec.Token)
	d.decide(v, t, codec.Parse(t, token), q)
}

var tokens = sync.Pool{New: func() any { return new(codec.Token) }}

// decide puts t back into the pool. It isn't generic, so that v may live on the caller's stack.
func (d *Decrypter) decide(v *Verdict, t *codec.Token, parsed codec.Status, q Query) {
	*v = Verdict{}
	v.Status = d.judge(v, t, parsed, &q)
	tokens.Put(t)
}
