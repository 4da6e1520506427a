package annotator

import (
	"fmt"
	"strconv"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

// OptOutConfig says where opt-outs are kept and received. It holds a secret: it prints without it.
type OptOutConfig struct {
	Store         string // path of the log; empty: none
	Listen        string // address of the webhook's receiver; empty: none
	bearerToken   string // empty: whoever reaches the receiver is believed
	IDParameter   string
	TimeParameter string
	Fleet         FleetConfig
	Poll          PollConfig
}

// PollConfig says whether and how operators are asked who has opted out.
type PollConfig struct {
	Enabled bool
	Pause   time.Duration // between two requests
	Recheck time.Duration // after which a user is asked about again
}

// FleetConfig says where a fleet's common log is.
type FleetConfig struct {
	URLs            string // of NATS servers, with commas between them; empty: the host keeps its opt-outs for itself
	CredentialsFile string // of NATS; empty: none
	Stream          optout.StreamConfig
}

// String leaves the token out.
func (c OptOutConfig) String() string {
	return fmt.Sprintf("opt-outs in %q, received at %q", c.Store, c.Listen)
}

// GoString leaves the token out.
func (c OptOutConfig) GoString() string { return c.String() }

// optOutFile is the section as it is written.
type optOutFile struct {
	WhenUnknown     scalar   `json:"when_unknown"`
	Store           scalar   `json:"store"`
	Listen          scalar   `json:"listen"`
	BearerToken     scalar   `json:"bearer_token"`
	BearerTokenEnv  scalar   `json:"bearer_token_env"`
	BearerTokenFile scalar   `json:"bearer_token_file"`
	Unauthenticated scalar   `json:"unauthenticated"`
	IDParameter     scalar   `json:"id_parameter"`
	TimeParameter   scalar   `json:"time_parameter"`
	NATS            natsFile `json:"nats"`
	Poll            pollFile `json:"poll"`
}

// pollFile is the section poll in it.
type pollFile struct {
	Enabled scalar `json:"enabled"`
	Pause   scalar `json:"pause"`
	Recheck scalar `json:"recheck"`
}

func (f *pollFile) config() (cfg PollConfig, err error) {
	if cfg.Enabled, err = f.Enabled.boolean("opt_outs.poll.enabled", false); err != nil {
		return cfg, err
	}
	if cfg.Pause, err = f.Pause.duration("opt_outs.poll.pause", time.Second, 10*time.Millisecond, time.Hour); err != nil {
		return cfg, err
	}
	cfg.Recheck, err = f.Recheck.duration("opt_outs.poll.recheck", 24*time.Hour, time.Minute, 365*24*time.Hour)
	return cfg, err
}

// natsFile is the section nats in it.
type natsFile struct {
	URLs            scalar `json:"urls"`
	CredentialsFile scalar `json:"credentials_file"`
	Stream          scalar `json:"stream"`
	Subject         scalar `json:"subject"`
	Replicas        scalar `json:"replicas"`
}

func (f *natsFile) config() (cfg FleetConfig, err error) {
	cfg = FleetConfig{URLs: f.URLs.text, CredentialsFile: f.CredentialsFile.text}
	cfg.Stream = optout.StreamConfig{Name: f.Stream.text, Subject: f.Subject.text}
	if !f.Replicas.absent() {
		if cfg.Stream.Replicas, err = strconv.Atoi(f.Replicas.text); err != nil || cfg.Stream.Replicas < 1 || cfg.Stream.Replicas > 5 {
			return cfg, settingError("opt_outs.nats.replicas", "a whole number from 1 to 5 is wanted")
		}
	}
	return cfg, nil
}

func (f *optOutFile) config() (cfg OptOutConfig, sendUnsynced bool, err error) {
	unknown, err := f.WhenUnknown.oneOf("opt_outs.when_unknown", "withhold", "withhold", "send")
	if err != nil {
		return cfg, false, err
	}
	cfg = OptOutConfig{Store: f.Store.text, Listen: f.Listen.text, IDParameter: f.IDParameter.text, TimeParameter: f.TimeParameter.text}
	if cfg.IDParameter == "" {
		cfg.IDParameter = "uid2"
	}
	if cfg.TimeParameter == "" {
		cfg.TimeParameter = "timestamp"
	}
	if cfg.Fleet, err = f.NATS.config(); err != nil {
		return cfg, false, err
	}
	if cfg.Poll, err = f.Poll.config(); err != nil {
		return cfg, false, err
	}
	cfg.bearerToken, err = f.token(cfg.Listen != "")
	if err == nil && cfg.Poll.Enabled && cfg.Store == "" {
		err = settingError("opt_outs.store", "it is missing, and what operators tell must be kept")
	}
	if err == nil && cfg.Fleet.URLs != "" && cfg.Store == "" {
		err = settingError("opt_outs.store", "it is missing, and a node of a fleet keeps its copy there")
	}
	if err == nil && cfg.Listen != "" && cfg.Store == "" {
		err = settingError("opt_outs.store", "it is missing, and what is received must be kept")
	}
	return cfg, unknown == "send", err
}

// token reads the token that the webhook must bring. A receiver that believes everybody must be wanted explicitly.
func (f *optOutFile) token(listens bool) (string, error) {
	open, err := f.Unauthenticated.boolean("opt_outs.unauthenticated", false)
	if err != nil || open || !listens {
		return "", err
	}
	return (secretSetting{f.BearerToken, f.BearerTokenEnv, f.BearerTokenFile}).resolve("opt_outs.bearer_token")
}
