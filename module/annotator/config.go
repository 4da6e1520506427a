package annotator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// Config is a checked configuration, as [ParseConfig] returns it. Its texts are in docs/configuration.md.
type Config struct {
	// Operators to fetch keys from, at most one for each identity scope.
	Operators []OperatorConfig
	// Bidders that may get raw UIDs. Empty: nobody.
	Bidders []Bidder
	// AccountsMayWiden lets an account list bidders that the host doesn't list.
	AccountsMayWiden bool
	// Privacy gates.
	Privacy privacy.Policy
	// SendUnsynced sends raw UIDs while it is not known who opted out. By default they are withheld.
	SendUnsynced bool
	// OptOuts says where opt-outs are kept and received; zero: nowhere.
	OptOuts OptOutConfig
	// RawInDebug trusts the redaction of the response alone and sends raw UIDs also in auctions whose bidder requests
	// Prebid Server echoes to the caller (test: 1, ext.prebid.debug).
	RawInDebug bool
	// RedactBids extends the redaction to the bids themselves, for bidders that put what they received into markup.
	RedactBids bool
	// BidderStageAlone decides what the bidder stage does when the processed stage left nothing for it: decrypt by
	// itself (the default) or withhold.
	BidderStageAlone bool
	// MetricsListen is the address of a Prometheus endpoint of the module's own; empty: none.
	MetricsListen string
}

// OperatorConfig says where keys of one identity scope come from. It holds secrets: it prints
// without them.
type OperatorConfig struct {
	Scope           codec.Scope
	BaseURL         string
	apiKey, secret  string
	proxy           string        // may hold a password; empty: as the environment says
	CAFile          string        // certificates to trust instead of the system's; empty: none
	Timeout         time.Duration // of one attempt
	RefreshInterval time.Duration
	CacheFile       string // sealed copy of the last good keys; empty: none
}

// String leaves the credentials out.
func (c OperatorConfig) String() string { return fmt.Sprintf("%v operator", c.Scope) }

// GoString leaves the credentials out.
func (c OperatorConfig) GoString() string { return c.String() }

// Format is String for every verb.
func (c OperatorConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// configFile is the configuration as it is written.
type configFile struct {
	Enabled          json.RawMessage `json:"enabled"` // Prebid Server's own switch
	UID2             *operatorFile   `json:"uid2"`
	EUID             *operatorFile   `json:"euid"`
	Bidders          bidderSettings  `json:"bidders"`
	AccountsMayWiden scalar          `json:"accounts_may_widen"`
	Privacy          privacyFile     `json:"privacy"`
	OptOuts          optOutFile      `json:"opt_outs"`
	RawInDebug       scalar          `json:"raw_in_debug"`
	RedactBids       scalar          `json:"redact_bids"`
	BidderStageAlone scalar          `json:"bidder_stage_alone"`
	MetricsListen    scalar          `json:"metrics_listen"`
}

type operatorFile struct {
	BaseURL          scalar `json:"base_url"`
	AllowHTTP        scalar `json:"allow_http"`
	APIKey           scalar `json:"api_key"`
	APIKeyEnv        scalar `json:"api_key_env"`
	APIKeyFile       scalar `json:"api_key_file"`
	ClientSecret     scalar `json:"client_secret"`
	ClientSecretEnv  scalar `json:"client_secret_env"`
	ClientSecretFile scalar `json:"client_secret_file"`
	Proxy            scalar `json:"proxy"`
	ProxyEnv         scalar `json:"proxy_env"`
	ProxyFile        scalar `json:"proxy_file"`
	CAFile           scalar `json:"ca_file"`
	Timeout          scalar `json:"timeout"`
	RefreshInterval  scalar `json:"refresh_interval"`
	CacheFile        scalar `json:"cache_file"`
}

// ParseConfig reads the module's section of the host configuration. It is strict: an unknown or impossible setting is
// an error under [ErrConfig] that names it. Secrets are read from their places now.
func ParseConfig(section json.RawMessage) (Config, error) {
	var file configFile
	if err := unmarshalStrict(section, &file); err != nil {
		return Config{}, err
	}
	return file.config()
}

func (f *configFile) config() (cfg Config, err error) {
	if cfg.Operators, err = f.operators(); err != nil {
		return Config{}, err
	}
	if cfg.Bidders, err = f.Bidders.parse("bidders"); err != nil {
		return Config{}, err
	}
	if cfg.Privacy, err = f.Privacy.policy(); err != nil {
		return Config{}, err
	}
	if cfg.OptOuts, err = f.OptOuts.config(); err != nil {
		return Config{}, err
	}
	if cfg.SendUnsynced, err = f.OptOuts.sendUnsynced(); err != nil {
		return Config{}, err
	}
	cfg.MetricsListen = f.MetricsListen.text
	for _, flag := range []struct {
		name      string
		from      scalar
		byDefault bool
		to        *bool
	}{
		{"accounts_may_widen", f.AccountsMayWiden, false, &cfg.AccountsMayWiden},
		{"raw_in_debug", f.RawInDebug, false, &cfg.RawInDebug},
		{"redact_bids", f.RedactBids, false, &cfg.RedactBids},
		{"bidder_stage_alone", f.BidderStageAlone, true, &cfg.BidderStageAlone},
	} {
		if *flag.to, err = flag.from.boolean(flag.name, flag.byDefault); err != nil {
			return Config{}, err
		}
	}
	return cfg, nil
}

func (f *configFile) operators() ([]OperatorConfig, error) {
	var operators []OperatorConfig
	for _, section := range []struct {
		name  string
		scope codec.Scope
		file  *operatorFile
	}{{"uid2", codec.ScopeUID2, f.UID2}, {"euid", codec.ScopeEUID, f.EUID}} {
		if section.file == nil {
			continue
		}
		operator, err := section.file.config(section.name)
		if err != nil {
			return nil, err
		}
		operator.Scope = section.scope
		operators = append(operators, operator)
	}
	if len(operators) == 0 {
		return nil, settingError("uid2", "at least one of the sections uid2 and euid is needed")
	}
	return operators, nil
}

func (f *operatorFile) config(section string) (cfg OperatorConfig, err error) {
	if f.BaseURL.absent() {
		return cfg, settingError(section+".base_url", "it is missing")
	}
	if err = f.checkTransport(section); err != nil {
		return cfg, err
	}
	cfg.BaseURL, cfg.CAFile, cfg.CacheFile = f.BaseURL.text, f.CAFile.text, f.CacheFile.text
	if cfg.apiKey, err = (secretSetting{f.APIKey, f.APIKeyEnv, f.APIKeyFile}).resolve(section + ".api_key"); err != nil {
		return cfg, err
	}
	if cfg.secret, err = (secretSetting{f.ClientSecret, f.ClientSecretEnv, f.ClientSecretFile}).resolve(section + ".client_secret"); err != nil {
		return cfg, err
	}
	if proxy := (secretSetting{f.Proxy, f.ProxyEnv, f.ProxyFile}); proxy.used() {
		if cfg.proxy, err = proxy.resolve(section + ".proxy"); err != nil {
			return cfg, err
		}
	}
	if cfg.Timeout, err = f.Timeout.duration(section+".timeout", 10*time.Second, 100*time.Millisecond, time.Minute); err != nil {
		return cfg, err
	}
	cfg.RefreshInterval, err = f.RefreshInterval.duration(section+".refresh_interval", time.Hour, time.Second, 24*time.Hour)
	return cfg, err
}

// checkTransport refuses to send credentials in the clear to another machine, unless the host insists.
func (f *operatorFile) checkTransport(section string) error {
	allowed, err := f.AllowHTTP.boolean(section+".allow_http", false)
	if err != nil || allowed {
		return err
	}
	if !bidder.SendsInTheClear(f.BaseURL.text) {
		return nil
	}
	return settingError(section+".base_url", "http:// would show the API key to everybody on the way; use https://, or insist with allow_http: true")
}

// unmarshalStrict decodes one JSON document and nothing after it, refusing unknown fields by name.
func unmarshalStrict(section json.RawMessage, to any) error {
	if len(bytes.TrimSpace(section)) == 0 {
		section = json.RawMessage("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(section))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return settingError("the section", "one JSON object is wanted, with nothing after it")
	}
	return nil
}
