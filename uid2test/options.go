package uid2test

import (
	"net"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Option is a setting of a Server. Impossible settings panic in NewServer and NewUnstartedServer.
type Option func(*config)

type config struct {
	scope       codec.Scope
	environment codec.Environment
	addr        string
	now         func() time.Time
	seed        uint64
}

func defaults() config {
	return config{
		scope:       codec.ScopeUID2,
		environment: codec.EnvironmentTest,
		addr:        "127.0.0.1:0",
		now:         time.Now,
		seed:        1,
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
}

// WithScope makes the server an operator of UID2, the default, or EUID.
func WithScope(scope codec.Scope) Option { return func(c *config) { c.scope = scope } }

// WithEnvironment sets the environment that raw UIDs of version 4 tell. Default is EnvironmentTest.
func WithEnvironment(environment codec.Environment) Option {
	return func(c *config) { c.environment = environment }
}

// WithAddr sets where to listen: 127.0.0.1 with a port, of which 0 takes a free one. Default is 127.0.0.1:0.
func WithAddr(addr string) Option { return func(c *config) { c.addr = addr } }

// WithNow replaces the operator's clock, which stamps keys, tokens and answers, and refuses requests two minutes off. It
// is called from any goroutine. Default is time.Now. Delays of faults go by real time.
func WithNow(now func() time.Time) Option { return func(c *config) { c.now = now } }

// WithSeed sets what ids, credentials, key secrets and raw UIDs follow from. Default is 1.
func WithSeed(seed uint64) Option { return func(c *config) { c.seed = seed } }
