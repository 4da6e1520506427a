package annotator

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/uid2rtb/uid2rtb/optout"
)

// OptOutConfig says where opt-outs are kept and received. It holds secrets: it prints without them.
type OptOutConfig struct {
	Store         string // path of the log; empty: none
	Listen        string // address of the webhook's receiver; empty: none
	IDParameter   string
	TimeParameter string
	IDHeader      string // empty: none
	authenticated authentication
	Fleet         FleetConfig
	Poll          PollConfig
}

// authentication is how the webhook is known. The zero value is none that a receiver takes.
type authentication struct {
	open                    bool // it isn't, and everybody is believed
	token                   string
	headerName, headerValue string // instead of the token
}

// receiverOptions are the receiver that is wanted.
func (c OptOutConfig) receiverOptions() []optout.ReceiverOption {
	options := []optout.ReceiverOption{optout.WithParameters(c.IDParameter, c.TimeParameter)}
	if c.IDHeader != "" {
		options = append(options, optout.WithIDHeader(c.IDHeader))
	}
	switch a := c.authenticated; {
	case a.open, c.Listen == "": // where nothing is received, nobody is believed
		return append(options, optout.WithoutAuthentication())
	case a.headerName != "":
		return append(options, optout.WithSharedHeader(a.headerName, a.headerValue))
	}
	return append(options, optout.WithBearer(c.authenticated.token))
}

// PollConfig says whether and how operators are asked who has opted out.
type PollConfig struct {
	Enabled bool
	Pause   time.Duration // between two requests
	Recheck time.Duration // after which a user is asked about again
}

// FleetConfig says where a fleet's common log is. Its URLs may hold passwords: it prints without them.
type FleetConfig struct {
	URLs            string // of NATS servers, with commas between them; empty: the host keeps its opt-outs for itself
	CredentialsFile string // of NATS; empty: none
	CAFile          string // certificates of who signed the servers'; empty: the system's
	CertFile        string // this node's own certificate; empty: none
	KeyFile         string // its key
	Stream          optout.StreamConfig
}

// String leaves the secrets out.
func (c OptOutConfig) String() string {
	return fmt.Sprintf("opt-outs in %q, received at %q", c.Store, c.Listen)
}

// GoString leaves the secrets out.
func (c OptOutConfig) GoString() string { return c.String() }

// Format is String for every verb.
func (c OptOutConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue is String.
func (c OptOutConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns String as a JSON string.
func (c OptOutConfig) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// String leaves the URLs out.
func (c FleetConfig) String() string {
	if c.URLs == "" {
		return "no fleet"
	}
	return fmt.Sprintf("a fleet's log in the stream %q", c.Stream.Name)
}

// GoString leaves the URLs out.
func (c FleetConfig) GoString() string { return c.String() }

// Format is String for every verb.
func (c FleetConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue is String.
func (c FleetConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns String as a JSON string.
func (c FleetConfig) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// optOutFile is the section as it is written.
type optOutFile struct {
	WhenUnknown     scalar   `json:"when_unknown"`
	Store           scalar   `json:"store"`
	Listen          scalar   `json:"listen"`
	BearerToken     scalar   `json:"bearer_token"`
	BearerTokenEnv  scalar   `json:"bearer_token_env"`
	BearerTokenFile scalar   `json:"bearer_token_file"`
	HeaderName      scalar   `json:"shared_header_name"`
	HeaderValue     scalar   `json:"shared_header_value"`
	HeaderValueEnv  scalar   `json:"shared_header_value_env"`
	HeaderValueFile scalar   `json:"shared_header_value_file"`
	Unauthenticated scalar   `json:"unauthenticated"`
	IDParameter     scalar   `json:"id_parameter"`
	TimeParameter   scalar   `json:"time_parameter"`
	IDHeader        scalar   `json:"id_header"`
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
	URLsEnv         scalar `json:"urls_env"`
	URLsFile        scalar `json:"urls_file"`
	CredentialsFile scalar `json:"credentials_file"`
	CAFile          scalar `json:"ca_file"`
	CertFile        scalar `json:"certificate_file"`
	KeyFile         scalar `json:"key_file"`
	Stream          scalar `json:"stream"`
	Subject         scalar `json:"subject"`
	Replicas        scalar `json:"replicas"`
}

func (f *natsFile) config() (cfg FleetConfig, err error) {
	cfg = FleetConfig{CredentialsFile: f.CredentialsFile.text, CAFile: f.CAFile.text, CertFile: f.CertFile.text, KeyFile: f.KeyFile.text}
	if urls := (secretSetting{f.URLs, f.URLsEnv, f.URLsFile}); urls.used() {
		if cfg.URLs, err = urls.resolve("opt_outs.nats.urls"); err != nil {
			return FleetConfig{}, err
		}
	}
	cfg.Stream = optout.StreamConfig{Name: f.Stream.text, Subject: f.Subject.text}
	if !f.Replicas.absent() {
		cfg.Stream.Replicas, _ = strconv.Atoi(f.Replicas.text) // no number is 0
		if cfg.Stream.Replicas < 1 || cfg.Stream.Replicas > 5 {
			return cfg, settingError("opt_outs.nats.replicas", "a whole number from 1 to 5 is wanted")
		}
	}
	return cfg, nil
}

// sendUnsynced reports whether raw UIDs go out while it isn't known who opted out.
func (f *optOutFile) sendUnsynced() (bool, error) {
	unknown, err := f.WhenUnknown.oneOf("opt_outs.when_unknown", "withhold", "withhold", "send")
	return unknown == "send", err
}

func (f *optOutFile) config() (cfg OptOutConfig, err error) {
	cfg = OptOutConfig{
		Store: f.Store.text, Listen: f.Listen.text,
		IDParameter: f.IDParameter.or("uid2"), TimeParameter: f.TimeParameter.or("timestamp"), IDHeader: f.IDHeader.text,
	}
	if cfg.Fleet, err = f.NATS.config(); err != nil {
		return cfg, err
	}
	if cfg.Poll, err = f.Poll.config(); err != nil {
		return cfg, err
	}
	if cfg.authenticated, err = f.authentication(cfg.Listen != ""); err != nil {
		return cfg, err
	}
	if err = optout.CheckReceiver(cfg.receiverOptions()...); err != nil {
		return cfg, receiverError(err)
	}
	return cfg, cfg.checkStore()
}

// checkStore refuses what needs a store without one.
func (c OptOutConfig) checkStore() error {
	switch {
	case c.Store != "": // all that needs it has it
	case c.Poll.Enabled:
		return settingError("opt_outs.store", "it is missing, and what operators tell must be kept")
	case c.Fleet.URLs != "":
		return settingError("opt_outs.store", "it is missing, and a node of a fleet keeps its copy there")
	case c.Listen != "":
		return settingError("opt_outs.store", "it is missing, and what is received must be kept")
	}
	return nil
}

// authentication reads what the webhook must bring, a token or a header field as it stands. A receiver that believes everybody
// must be wanted explicitly.
func (f *optOutFile) authentication(listens bool) (a authentication, err error) {
	token := secretSetting{f.BearerToken, f.BearerTokenEnv, f.BearerTokenFile}
	shared := secretSetting{f.HeaderValue, f.HeaderValueEnv, f.HeaderValueFile}
	wantsShared := shared.used() || !f.HeaderName.absent()
	open, err := f.Unauthenticated.boolean("opt_outs.unauthenticated", false)
	switch {
	case err != nil:
		return a, err
	case token.used() && wantsShared:
		return a, settingError("opt_outs.shared_header_name", "set it or opt_outs.bearer_token, not both")
	case open && (token.used() || wantsShared):
		return a, settingError("opt_outs.unauthenticated", "it can't be true together with a token or a shared header")
	case open || !listens:
		return authentication{open: open}, nil
	case wantsShared && f.HeaderName.absent():
		return a, settingError("opt_outs.shared_header_name", "it is missing")
	case wantsShared:
		a.headerName = f.HeaderName.text
		a.headerValue, err = shared.resolve("opt_outs.shared_header_value")
		return a, err
	}
	a.token, err = token.resolve("opt_outs.bearer_token")
	return a, err
}

// receiverSettings name the settings of what a receiver is made of.
var receiverSettings = map[optout.ReceiverPart]string{
	optout.PartAuthentication:    "opt_outs.bearer_token",
	optout.PartBearerToken:       "opt_outs.bearer_token",
	optout.PartSharedHeaderName:  "opt_outs.shared_header_name",
	optout.PartSharedHeaderValue: "opt_outs.shared_header_value",
	optout.PartIDParameter:       "opt_outs.id_parameter",
	optout.PartTimeParameter:     "opt_outs.time_parameter",
	optout.PartIDHeader:          "opt_outs.id_header",
}

// receiverError names the setting of which the error of a receiver is.
func receiverError(err error) error {
	var impossible *optout.ReceiverError
	if errors.As(err, &impossible) {
		return settingError(receiverSettings[impossible.Part], impossible.Want)
	}
	return err
}

// used reports whether the secret stands anywhere.
func (s secretSetting) used() bool {
	return !s.inline.absent() || !s.env.absent() || !s.file.absent()
}
