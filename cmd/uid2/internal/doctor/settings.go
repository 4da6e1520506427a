package doctor

import (
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/optout"
)

const checkSettings = "settings"

// section is what a configuration in JSON says beside what bidder.ParseConfig gives out: a bidder
// keeps it to itself.
type section struct {
	UID2    operatorSection `json:"uid2"`
	EUID    operatorSection `json:"euid"`
	OptOuts optOutSection   `json:"opt_outs"`
}

type operatorSection struct {
	Proxy     settings.Scalar `json:"proxy"`
	ProxyEnv  settings.Scalar `json:"proxy_env"`
	ProxyFile settings.Scalar `json:"proxy_file"`
}

func (s operatorSection) proxy() string { return resolved(s.Proxy, s.ProxyEnv, s.ProxyFile) }

type optOutSection struct {
	Listen          settings.Scalar `json:"listen"`
	BearerToken     settings.Scalar `json:"bearer_token"`
	BearerTokenEnv  settings.Scalar `json:"bearer_token_env"`
	BearerTokenFile settings.Scalar `json:"bearer_token_file"`
	HeaderName      settings.Scalar `json:"shared_header_name"`
	HeaderValue     settings.Scalar `json:"shared_header_value"`
	HeaderValueEnv  settings.Scalar `json:"shared_header_value_env"`
	HeaderValueFile settings.Scalar `json:"shared_header_value_file"`
	IDParameter     settings.Scalar `json:"id_parameter"`
	TimeParameter   settings.Scalar `json:"time_parameter"`
	NATS            natsSection     `json:"nats"`
}

type natsSection struct {
	URLs            settings.Scalar `json:"urls"`
	URLsEnv         settings.Scalar `json:"urls_env"`
	URLsFile        settings.Scalar `json:"urls_file"`
	CredentialsFile settings.Scalar `json:"credentials_file"`
	CAFile          settings.Scalar `json:"ca_file"`
	CertFile        settings.Scalar `json:"certificate_file"`
	KeyFile         settings.Scalar `json:"key_file"`
	Stream          settings.Scalar `json:"stream"`
	Subject         settings.Scalar `json:"subject"`
	Replicas        settings.Scalar `json:"replicas"`
}

// resolved reads a text from its place. It has been read before, so it can be.
func resolved(inline, env, file settings.Scalar) string {
	text, _ := (settings.Secret{Inline: inline, Env: env, File: file}).Resolve("")
	return text
}

// ReadConfig adds what a configuration for bidder.ParseConfig has: operators, store, receiver and
// fleet. It reports whether the configuration can be read.
func (p *Patient) ReadConfig(text []byte) bool {
	f := findings{list: p.Settings}
	defer func() { p.Settings = f.list }()
	cfg, err := bidder.ParseConfig(text)
	var more section
	if err == nil {
		err = json.Unmarshal(text, &more)
	}
	if err != nil {
		f.wrongSetting(err)
		return false
	}
	f.ok(checkSettings, "they can be read")
	p.addConfig(&cfg, &more)
	return true
}

// wrongSetting names the setting, and skips what depends on all of them.
func (f *findings) wrongSetting(err error) {
	f.wrong(checkSettings, textOf(err), "correct the setting; docs/configuration.md has all of them")
	f.skip("the settings can't be read", "operator", checkStore, checkReceiver, "fleet")
}

func (p *Patient) addConfig(cfg *bidder.Config, more *section) {
	for i := range cfg.Operators {
		o := &cfg.Operators[i]
		name := strings.ToLower(o.Scope.String())
		proxy := map[string]operatorSection{"uid2": more.UID2, "euid": more.EUID}[name].proxy()
		p.Operators = append(p.Operators, Operator{name, o.BaseURL, o.Credentials, o.Options, proxy})
	}
	p.Store = cfg.OptOuts.Store
	p.Fed = cfg.OptOuts.Listen != "" || cfg.OptOuts.Poll || more.OptOuts.NATS.fleet() != nil
	if cfg.OptOuts.Listen != "" {
		p.Receiver = more.OptOuts.receiver(cfg.OptOuts.Listen)
	}
	p.Fleet = more.OptOuts.NATS.fleet()
}

// receiver returns the one that listens at an address, as it is reached from this machine.
func (s *optOutSection) receiver(listen string) *Receiver {
	r := &Receiver{URL: "http://" + here(listen) + "/", IDParameter: s.IDParameter.Or("uid2"), TimeName: s.TimeParameter.Or("timestamp")}
	if token := firstOf(s.BearerToken, s.BearerTokenEnv, s.BearerTokenFile); token != "" {
		r.HeaderName, r.HeaderValue = "Authorization", "Bearer "+token
	} else if !s.HeaderName.Absent() {
		r.HeaderName, r.HeaderValue = s.HeaderName.Text(), firstOf(s.HeaderValue, s.HeaderValueEnv, s.HeaderValueFile)
	}
	return r
}

// firstOf reads the first of the texts that are valid during a rotation.
func firstOf(inline, env, file settings.Scalar) string {
	lines, _ := (settings.Secret{Inline: inline, Env: env, File: file}).Lines("")
	return strings.Join(lines[:min(1, len(lines))], "")
}

// here is where this machine reaches an address at which it listens.
func here(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

// fleet returns nil if there is none.
func (s *natsSection) fleet() *Fleet {
	urls := resolved(s.URLs, s.URLsEnv, s.URLsFile)
	if urls == "" {
		return nil
	}
	replicas, _ := strconv.Atoi(s.Replicas.Text()) // no number is 0, the default
	return &Fleet{
		Servers: optout.Servers{URLs: urls, CredentialsFile: s.CredentialsFile.Text(), CAFile: s.CAFile.Text(), CertFile: s.CertFile.Text(), KeyFile: s.KeyFile.Text()},
		Stream:  optout.StreamConfig{Name: s.Stream.Text(), Subject: s.Subject.Text(), Replicas: replicas},
	}
}

// textOf is the text of an error about settings, which names one and has no value.
func textOf(err error) string {
	var wrong *bidder.ConfigError
	if errors.As(err, &wrong) {
		return wrong.Setting + ": " + plain(wrong.Err)
	}
	return plain(err)
}
