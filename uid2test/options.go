package uid2test

import (
	"net"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Option is a setting of a Server. Impossible settings panic in NewServer and NewUnstartedServer,
// as what net/http/httptest can't do panics there: it is the test that is wrong, and it has nobody
// to return an error to.
type Option func(*config)

type config struct {
	scope       codec.Scope
	environment codec.Environment
	addr        string
	now         func() time.Time
	seed        uint64
	rawUID      codec.Version
	lifetimes   Lifetimes
}

func defaults() config {
	return config{
		scope:       codec.ScopeUID2,
		environment: codec.EnvironmentTest,
		addr:        "127.0.0.1:0",
		now:         time.Now,
		seed:        1,
		rawUID:      codec.V2,
		lifetimes:   Lifetimes{Identity: tokenLifetimeS * time.Second, RefreshFrom: time.Hour, Refresh: sharingLifetimeS * time.Second},
	}
}

func (c *config) check() {
	if c.scope != codec.ScopeUID2 && c.scope != codec.ScopeEUID {
		panic("uid2test: unknown identity scope")
	}
	if c.environment < codec.EnvironmentTest || c.environment > codec.EnvironmentProduction {
		panic("uid2test: unknown environment")
	}
	if host, _, err := net.SplitHostPort(c.addr); err != nil || host != "127.0.0.1" {
		panic("uid2test: the address must be 127.0.0.1 and a port")
	}
	if c.now == nil {
		panic("uid2test: no clock")
	}
	if c.rawUID < codec.V2 || c.rawUID > codec.V4 {
		panic("uid2test: raw UIDs have version 2, 3 or 4")
	}
	if c.lifetimes.Identity <= 0 || c.lifetimes.RefreshFrom <= 0 || c.lifetimes.Refresh <= 0 {
		panic("uid2test: lifetimes must be positive")
	}
}

// WithScope makes the server an operator of UID2, the default, or EUID.
func WithScope(scope codec.Scope) Option { return func(c *config) { c.scope = scope } }

// WithEnvironment sets the environment in raw UIDs of version 4. Default EnvironmentTest.
func WithEnvironment(environment codec.Environment) Option {
	return func(c *config) { c.environment = environment }
}

// WithAddr sets the address to listen on: 127.0.0.1 with a port, of which 0 means a free one.
// Default 127.0.0.1:0.
func WithAddr(addr string) Option { return func(c *config) { c.addr = addr } }

// WithNow sets the operator's clock, which stamps keys, tokens and answers, and by which requests
// that are two minutes off are refused. It is called from any goroutine. Default time.Now. Delays
// of faults use real time.
func WithNow(now func() time.Time) Option { return func(c *config) { c.now = now } }

// WithSeed sets the seed from which ids, credentials, key secrets and raw UIDs are derived. Default
// 1.
func WithSeed(seed uint64) Option { return func(c *config) { c.seed = seed } }

// WithRawUIDVersion sets the version of the raw UIDs that the operator makes from emails and
// phones. Default 2, as operators are still configured.
func WithRawUIDVersion(version codec.Version) Option {
	return func(c *config) { c.rawUID = version }
}

// Lifetimes are those of an identity that a publisher gets, counted from when it gets it.
type Lifetimes struct {
	Identity    time.Duration // how long the token may be used
	RefreshFrom time.Duration // when it should be refreshed
	Refresh     time.Duration // how long it can be refreshed
}

// WithLifetimes sets the lifetimes of identities. Default 3 days, one hour and 30 days, as in
// production.
func WithLifetimes(lifetimes Lifetimes) Option { return func(c *config) { c.lifetimes = lifetimes } }
