package bidder

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// Config is what a Bidder is made of. Operators and one of OptOuts' Source and Store are needed;
// the rest has defaults. [ParseConfig] reads one from JSON.
type Config struct {
	// Operators to fetch keys from, at most one for each identity scope. Tokens of a scope without
	// one are NotInitialized.
	Operators []Operator
	// OptOuts says who has opted out.
	OptOuts OptOuts
	// Mode is how annotations are written. Default Annotate.
	Mode Mode
	// Logger is told of failures and recoveries, never of anybody. Default: none.
	Logger *slog.Logger
}

// Operator is where the keys of an identity scope come from. [UID2] and [EUID] make one.
type Operator struct {
	// Scope is ScopeUID2 or ScopeEUID.
	Scope codec.Scope
	// BaseURL of the operator, such as https://prod.uidapi.com.
	BaseURL string
	// Credentials with the role ID_READER.
	Credentials operator.Credentials
	// AllowHTTP insists on an address for which [SendsInTheClear] is true.
	AllowHTTP bool
	// Options of the operator's client, such as a proxy.
	Options []operator.Option
	// RefreshInterval is the time between two refreshes of the keys. Default one hour.
	RefreshInterval time.Duration
	// CacheFile keeps the last good keys, sealed under the client secret, so that a process can
	// start while its operator is away. Its directory must exist. Default: none.
	CacheFile string
}

// UID2 returns the UID2 operator at baseURL, with an API key and a client secret as it gave them
// out. What else is to be said of it is set in the Operator returned.
func UID2(baseURL, apiKey, clientSecret string) (Operator, error) {
	return newOperator(codec.ScopeUID2, baseURL, apiKey, clientSecret)
}

// EUID is [UID2] for an EUID operator.
func EUID(baseURL, apiKey, clientSecret string) (Operator, error) {
	return newOperator(codec.ScopeEUID, baseURL, apiKey, clientSecret)
}

func newOperator(scope codec.Scope, baseURL, apiKey, clientSecret string) (Operator, error) {
	credentials, err := operator.NewCredentials(apiKey, clientSecret)
	if err != nil {
		return Operator{}, &ConfigError{settingOf(scope), err}
	}
	return Operator{Scope: scope, BaseURL: baseURL, Credentials: credentials}, nil
}

// OptOuts says where it is known who has opted out: in a Source that the program has, or in a
// Store, which is opened and fed. Without either, which only SendUnknown permits, it isn't known.
type OptOuts struct {
	// Source is the program's own. Nothing else may be set then but SendUnknown.
	Source bidstream.OptOuts

	// Store is the path of a log of opt-outs, created if there is none. Until another process
	// leaves it, as in a restart whose processes overlap, nobody is bid on.
	Store string
	// Fleet makes of the node's own log that which it shares with others, as [JetStream] does.
	// Nil: the opt-outs are this process's alone. If it fails, the log is closed.
	Fleet Fleet
	// Listen is an address at which opt-outs are received; Receiver how their sender is known.
	// Default: none.
	Listen   string
	Receiver []optout.ReceiverOption
	// Poll asks the operators about users who are met. It finds who opted out before the receiver
	// was there.
	Poll bool
	// Poller are options of the asking.
	Poller []optout.PollerOption

	// SendUnknown gives raw UIDs away while it isn't known whether their users have opted out. By
	// default there are none.
	SendUnknown bool
}

// Settings that a [ConfigError] may name, beside "uid2", "euid" and those that [ParseConfig] reads.
const (
	SettingSection   = "the section" // the JSON as a whole
	SettingOperators = "operators"
	SettingMode      = "mode"
	SettingDecrypter = "the decrypter" // of New
	SettingStore     = "opt_outs.store"
	SettingFleet     = "opt_outs.nats"
	SettingListen    = "opt_outs.listen"
	SettingReceiver  = "opt_outs.receiver"
	SettingPoller    = "opt_outs.poll"
)

// ConfigError says which part of a [Config] is impossible. Its text has no secret.
type ConfigError struct {
	// Setting is the part: "uid2" or "euid" for an operator, one of the constants of this package,
	// or of a configuration in JSON the setting as it was written, such as uid2.base_url.
	Setting string
	// Err is what is wrong with it.
	Err error
}

// Error names the setting.
func (e *ConfigError) Error() string { return fmt.Sprintf("bidder: %s: %v", e.Setting, e.Err) }

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

func configError(setting, text string) error {
	return &ConfigError{Setting: setting, Err: errors.New(text)}
}

// check refuses what no part of a Bidder would.
func (c *Config) check() error {
	if len(c.Operators) == 0 {
		return configError(SettingOperators, "at least one is needed")
	}
	seen := map[codec.Scope]bool{}
	for i := range c.Operators {
		if err := c.Operators[i].check(); err != nil {
			return err
		}
		if scope := c.Operators[i].Scope; seen[scope] {
			return configError(settingOf(scope), "there are two operators")
		}
		seen[c.Operators[i].Scope] = true
	}
	if err := c.Mode.check(); err != nil {
		return err
	}
	return c.OptOuts.check()
}

func (o *Operator) check() error {
	switch {
	case o.Scope != codec.ScopeUID2 && o.Scope != codec.ScopeEUID:
		return configError(SettingOperators, "each needs the scope UID2 or EUID")
	case o.RefreshInterval < 0:
		return configError(settingOf(o.Scope), "the refresh interval is negative")
	case !o.AllowHTTP && SendsInTheClear(o.BaseURL):
		return configError(settingOf(o.Scope), "http:// would show the API key to everybody on the way; use https://, or insist with AllowHTTP")
	}
	return nil
}

func (o *OptOuts) check() error {
	switch needsStore := o.Fleet != nil || o.Listen != "" || o.Poll; {
	case o.Source != nil && (o.Store != "" || needsStore):
		return configError(SettingStore, "the program has a store of its own")
	case o.Source == nil && o.Store == "" && (needsStore || !o.SendUnknown):
		return configError(SettingStore, "it is missing, and so is a source: nobody could be bid on")
	}
	return nil
}

func settingOf(scope codec.Scope) string { return strings.ToLower(scope.String()) }

// SendsInTheClear reports whether credentials would go unencrypted to another machine.
func SendsInTheClear(baseURL string) bool {
	base, err := url.Parse(baseURL)
	if err != nil || !strings.EqualFold(base.Scheme, "http") {
		return false // what else is wrong with an address, the client says
	}
	host := base.Hostname()
	addr, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !addr.Unmap().IsLoopback())
}
