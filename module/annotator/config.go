package annotator

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// Config is a checked configuration, as [ParseConfig] returns it. Its texts are in
// docs/configuration.md. It prints without secrets.
type Config struct {
	// Bidders that may get raw UIDs. Empty: nobody.
	Bidders []Bidder
	// AccountsMayWiden lets an account list bidders that the host doesn't list.
	AccountsMayWiden bool
	// Privacy gates.
	Privacy privacy.Policy
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

	bidder bidder.Config // operators and opt-outs
}

// configFile is the configuration as it is written.
type configFile struct {
	bidder.Settings
	Enabled          json.RawMessage `json:"enabled"` // Prebid Server's own switch
	Bidders          bidderSettings  `json:"bidders"`
	AccountsMayWiden settings.Scalar `json:"accounts_may_widen"`
	Privacy          privacyFile     `json:"privacy"`
	RawInDebug       settings.Scalar `json:"raw_in_debug"`
	RedactBids       settings.Scalar `json:"redact_bids"`
	BidderStageAlone settings.Scalar `json:"bidder_stage_alone"`
	MetricsListen    settings.Scalar `json:"metrics_listen"`
}

// ParseConfig reads the module's section of the host configuration. It is strict: an unknown or impossible setting is
// an error under [ErrConfig] that names it. Secrets are read from their places now.
func ParseConfig(section json.RawMessage) (Config, error) {
	var file configFile
	if err := settings.Unmarshal(section, &file); err != nil {
		return Config{}, badConfig(err)
	}
	cfg, err := file.config()
	if err != nil {
		return Config{}, badConfig(err)
	}
	return cfg, nil
}

func (f *configFile) config() (cfg Config, err error) {
	if cfg.bidder, err = f.Settings.Config(); err != nil {
		return cfg, err
	}
	if cfg.Bidders, err = f.Bidders.parse("bidders"); err != nil {
		return cfg, err
	}
	if cfg.Privacy, err = f.Privacy.policy(); err != nil {
		return cfg, err
	}
	cfg.MetricsListen = f.MetricsListen.Text()
	for _, flag := range []struct {
		name      string
		from      settings.Scalar
		byDefault bool
		to        *bool
	}{
		{"accounts_may_widen", f.AccountsMayWiden, false, &cfg.AccountsMayWiden},
		{"raw_in_debug", f.RawInDebug, false, &cfg.RawInDebug},
		{"redact_bids", f.RedactBids, false, &cfg.RedactBids},
		{"bidder_stage_alone", f.BidderStageAlone, true, &cfg.BidderStageAlone},
	} {
		if *flag.to, err = flag.from.Bool(flag.name, flag.byDefault); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// ErrConfig is what every error about the configuration is, under [errors.Is].
var ErrConfig = errors.New("uid2.decrypt: bad configuration")

// badConfig is an error about the configuration that names the setting as the host wrote it.
func badConfig(err error) error {
	var impossible *bidder.ConfigError
	switch {
	case !errors.As(err, &impossible):
		return fmt.Errorf("%w: %w", ErrConfig, err)
	case impossible.Setting == bidder.SettingFleet:
		return fmt.Errorf("%w: opt_outs.nats: %w", ErrConfig, impossible.Err)
	}
	return fmt.Errorf("%w: %s: %w", ErrConfig, impossible.Setting, impossible.Err)
}
