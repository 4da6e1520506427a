package bidder

import (
	"context"
	"errors"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/operator"
)

// ParseConfig reads a configuration in JSON: the sections uid2, euid and opt_outs that
// docs/configuration.md describes, which are those of the module for Prebid Server as well, and
// mode, which is the name of a [Mode]. It is strict: an unknown or impossible setting is a
// [ConfigError] that names it as it was written. Secrets are read from their places now.
//
// A program whose own configuration has more in it embeds [Settings].
func ParseConfig(data []byte) (Config, error) {
	var file struct {
		Settings
		Mode settings.Scalar `json:"mode"`
	}
	if err := settings.Unmarshal(data, &file); err != nil {
		return Config{}, asConfigError(err)
	}
	mode, err := ParseMode(file.Mode.Text())
	if err != nil {
		return Config{}, &ConfigError{SettingMode, err}
	}
	cfg, err := file.Config()
	if err != nil {
		return Config{}, err
	}
	cfg.Mode = mode
	return cfg, nil
}

// Settings is a configuration as it is written in JSON, but for the mode. It is for programs that
// embed it in the struct of their own configuration; others call [ParseConfig]. It holds secrets.
type Settings struct {
	UID2    *operatorSettings `json:"uid2"`
	EUID    *operatorSettings `json:"euid"`
	OptOuts optOutSettings    `json:"opt_outs"`
}

// Config checks the settings, and reads secrets from their places. The error is a [ConfigError]
// that names a setting as it was written. Without a store, and unless raw UIDs are sent while
// opt-outs are unknown, the program has to set OptOuts.Source.
func (s *Settings) Config() (Config, error) {
	checked, err := s.check()
	if err != nil {
		return Config{}, asConfigError(err)
	}
	return checked.config(s)
}

// asConfigError makes a ConfigError of an error about settings.
func asConfigError(err error) error {
	var impossible *settings.Error
	if errors.As(err, &impossible) {
		return &ConfigError{impossible.Setting, impossible.Err}
	}
	return &ConfigError{SettingSection, err}
}

// checkedSettings are settings with their defaults, whose secrets were read from their places.
type checkedSettings struct {
	operators []checkedOperator
	optOuts   checkedOptOuts
}

func (s *Settings) check() (checked checkedSettings, err error) {
	if checked.operators, err = s.checkOperators(); err != nil {
		return checkedSettings{}, err
	}
	checked.optOuts, err = s.OptOuts.check()
	return checked, err
}

// config is what a Bidder is made of. The settings say where secrets are read again.
func (c *checkedSettings) config(s *Settings) (cfg Config, err error) {
	for i := range c.operators {
		made, err := c.operators[i].config(s.operator(c.operators[i].scope))
		if err != nil {
			return Config{}, err
		}
		cfg.Operators = append(cfg.Operators, made)
	}
	cfg.OptOuts = c.optOuts.config(&s.OptOuts)
	return cfg, nil
}

// operatorSettings is the section of an operator.
type operatorSettings struct {
	BaseURL          settings.Scalar `json:"base_url"`
	AllowHTTP        settings.Scalar `json:"allow_http"`
	APIKey           settings.Scalar `json:"api_key"`
	APIKeyEnv        settings.Scalar `json:"api_key_env"`
	APIKeyFile       settings.Scalar `json:"api_key_file"`
	ClientSecret     settings.Scalar `json:"client_secret"`
	ClientSecretEnv  settings.Scalar `json:"client_secret_env"`
	ClientSecretFile settings.Scalar `json:"client_secret_file"`
	Proxy            settings.Scalar `json:"proxy"`
	ProxyEnv         settings.Scalar `json:"proxy_env"`
	ProxyFile        settings.Scalar `json:"proxy_file"`
	CAFile           settings.Scalar `json:"ca_file"`
	Timeout          settings.Scalar `json:"timeout"`
	RefreshInterval  settings.Scalar `json:"refresh_interval"`
	CacheFile        settings.Scalar `json:"cache_file"`
}

// checkedOperator are the settings of an operator.
type checkedOperator struct {
	scope           codec.Scope
	baseURL         string
	allowHTTP       bool
	apiKey, secret  string
	proxy           string // may hold a password; empty: as the environment says
	caFile          string
	timeout         time.Duration
	refreshInterval time.Duration
	cacheFile       string
}

func (s *Settings) checkOperators() ([]checkedOperator, error) {
	var operators []checkedOperator
	for _, section := range []struct {
		scope codec.Scope
		from  *operatorSettings
	}{{codec.ScopeUID2, s.UID2}, {codec.ScopeEUID, s.EUID}} {
		if section.from == nil {
			continue
		}
		operator, err := section.from.check(settingOf(section.scope))
		if err != nil {
			return nil, err
		}
		operator.scope = section.scope
		operators = append(operators, operator)
	}
	if len(operators) == 0 {
		return nil, settings.Wrong("uid2", "at least one of the sections uid2 and euid is needed")
	}
	return operators, nil
}

func (s *Settings) operator(scope codec.Scope) *operatorSettings {
	if scope == codec.ScopeEUID {
		return s.EUID
	}
	return s.UID2
}

func (s *operatorSettings) apiKey() settings.Secret {
	return settings.Secret{Inline: s.APIKey, Env: s.APIKeyEnv, File: s.APIKeyFile}
}

func (s *operatorSettings) clientSecret() settings.Secret {
	return settings.Secret{Inline: s.ClientSecret, Env: s.ClientSecretEnv, File: s.ClientSecretFile}
}

func (s *operatorSettings) proxy() settings.Secret {
	return settings.Secret{Inline: s.Proxy, Env: s.ProxyEnv, File: s.ProxyFile}
}

func (s *operatorSettings) check(section string) (c checkedOperator, err error) {
	if s.BaseURL.Absent() {
		return c, settings.Wrong(section+".base_url", "it is missing")
	}
	if c.allowHTTP, err = s.checkTransport(section); err != nil {
		return c, err
	}
	c.baseURL, c.caFile, c.cacheFile = s.BaseURL.Text(), s.CAFile.Text(), s.CacheFile.Text()
	if c.apiKey, err = s.apiKey().Resolve(section + ".api_key"); err != nil {
		return c, err
	}
	if c.secret, err = s.clientSecret().Resolve(section + ".client_secret"); err != nil {
		return c, err
	}
	if proxy := s.proxy(); proxy.Used() {
		if c.proxy, err = proxy.Resolve(section + ".proxy"); err != nil {
			return c, err
		}
	}
	if c.timeout, err = s.Timeout.Duration(section+".timeout", 10*time.Second, 100*time.Millisecond, time.Minute); err != nil {
		return c, err
	}
	c.refreshInterval, err = s.RefreshInterval.Duration(section+".refresh_interval", time.Hour, time.Second, 24*time.Hour)
	return c, err
}

// checkTransport refuses to send credentials in the clear to another machine, unless the settings
// insist.
func (s *operatorSettings) checkTransport(section string) (allowHTTP bool, err error) {
	allowHTTP, err = s.AllowHTTP.Bool(section+".allow_http", false)
	if err != nil || allowHTTP || !SendsInTheClear(s.BaseURL.Text()) {
		return allowHTTP, err
	}
	return false, settings.Wrong(section+".base_url", "http:// would show the API key to everybody on the way; use https://, or insist with allow_http: true")
}

// config is how the Bidder reaches the operator.
func (c *checkedOperator) config(from *operatorSettings) (Operator, error) {
	o, err := newOperator(c.scope, c.baseURL, c.apiKey, c.secret)
	if err != nil {
		return Operator{}, err
	}
	o.AllowHTTP, o.RefreshInterval, o.CacheFile = c.allowHTTP, c.refreshInterval, c.cacheFile
	o.Options = []operator.Option{operator.WithTimeout(c.timeout), operator.WithCAFile(c.caFile)}
	if from.apiKey().InFile() || from.clientSecret().InFile() {
		o.Options = append(o.Options, operator.WithCredentialsFrom(from.credentials(settingOf(c.scope))))
	}
	if proxy := from.proxy(); proxy.InFile() {
		o.Options = append(o.Options, operator.WithProxyFrom(func() (string, error) { return proxy.Resolve(settingOf(c.scope) + ".proxy") }))
	} else {
		o.Options = append(o.Options, operator.WithProxy(c.proxy))
	}
	return o, nil
}

// credentials reads an API key and a client secret again.
func (s *operatorSettings) credentials(section string) func(context.Context) (operator.Credentials, error) {
	return func(context.Context) (operator.Credentials, error) {
		apiKey, err := s.apiKey().Resolve(section + ".api_key")
		if err != nil {
			return operator.Credentials{}, err
		}
		secret, err := s.clientSecret().Resolve(section + ".client_secret")
		if err != nil {
			return operator.Credentials{}, err
		}
		return operator.NewCredentials(apiKey, secret)
	}
}
