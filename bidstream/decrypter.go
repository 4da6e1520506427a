package bidstream

import (
	"errors"
	"fmt"
	"sync"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// KeySource has the current keys. A [keyset.Refresher] is one, and so is what [keyset.Static] returns. Snapshot is called
// for every token, from any goroutine; nil is taken for a Snapshot without keys.
type KeySource interface {
	Snapshot() *keyset.Snapshot
}

// Decrypter decides about tokens. Build it with [New]. It never changes and may be used from any goroutine.
//
// It doesn't allocate: a [codec.Token], which opening needs and which lives on the heap, comes from a pool that all
// Decrypters share. A pool rather than a Token per Decrypter, so that callers need neither a lock nor a Decrypter for each
// goroutine.
type Decrypter struct {
	sources       [codec.ScopeEUID + 1]KeySource // by scope; nil where not configured
	optOuts       OptOuts                        // nil where not configured
	allowUnsynced bool
	role          role
}

// role is what tokens are decrypted for. It changes checks 14 and 15.
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

// WithKeys sets the source of the keys of a scope, ScopeUID2 or ScopeEUID; without any, every status is NotInitialized.
// Setting a scope's source again replaces it. Keys that say they are of another scope open nothing: the status is
// InvalidIdentityScope. Another scope, and a nil source, are impossible.
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

// WithOptOuts sets who has opted out. Without it, or with nil, opt-outs are taken to be checked elsewhere: raw UIDs are given
// away, and Verdict.OptOut is unknown unless the token itself says that the user has opted out.
func WithOptOuts(optOuts OptOuts) Option {
	return set(func(d *Decrypter) { d.optOuts = optOuts })
}

// AllowUnsyncedOptOuts gives raw UIDs away while the opt-outs can't tell about them. The default is to withhold them: the
// status is then Success, with the other fields filled in and no UID.
func AllowUnsyncedOptOuts() Option {
	return set(func(d *Decrypter) { d.allowUnsynced = true })
}

// ForSharing makes a Decrypter of tokens that another participant sent, instead of tokens met in the bidstream: the limit
// of their lifetime is the one for sharing, and no name is asked for. Package sharing has the other half.
func ForSharing() Option {
	return set(func(d *Decrypter) { d.role = forSharing })
}

// ForLegacy makes a Decrypter that judges as clients did before there were limits of lifetime: check 15 is left out, and
// check 14 is made only if the query has a name. It is for moving older programs; bidders must not use it.
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

// Decrypt judges a token and overwrites v with the verdict. It neither keeps nor changes token, and doesn't allocate.
func (d *Decrypter) Decrypt(v *Verdict, token []byte, q Query) {
	t := tokens.Get().(*codec.Token)
	d.decide(v, t, codec.Parse(t, token), q)
}

// DecryptString is Decrypt for a string.
func (d *Decrypter) DecryptString(v *Verdict, token string, q Query) {
	t := tokens.Get().(*codec.Token)
	d.decide(v, t, codec.Parse(t, token), q)
}

var tokens = sync.Pool{New: func() any { return new(codec.Token) }}

// decide puts t back. It isn't generic, so that v may live on the caller's stack.
func (d *Decrypter) decide(v *Verdict, t *codec.Token, parsed codec.Status, q Query) {
	*v = Verdict{}
	v.Status = d.judge(v, t, parsed, q)
	tokens.Put(t)
}
