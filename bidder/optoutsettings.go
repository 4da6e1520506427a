package bidder

import (
	"errors"
	"strconv"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/optout"
)

// optOutSettings is the section opt_outs.
type optOutSettings struct {
	WhenUnknown     settings.Scalar `json:"when_unknown"`
	Store           settings.Scalar `json:"store"`
	Listen          settings.Scalar `json:"listen"`
	BearerToken     settings.Scalar `json:"bearer_token"`
	BearerTokenEnv  settings.Scalar `json:"bearer_token_env"`
	BearerTokenFile settings.Scalar `json:"bearer_token_file"`
	HeaderName      settings.Scalar `json:"shared_header_name"`
	HeaderValue     settings.Scalar `json:"shared_header_value"`
	HeaderValueEnv  settings.Scalar `json:"shared_header_value_env"`
	HeaderValueFile settings.Scalar `json:"shared_header_value_file"`
	Unauthenticated settings.Scalar `json:"unauthenticated"`
	IDParameter     settings.Scalar `json:"id_parameter"`
	TimeParameter   settings.Scalar `json:"time_parameter"`
	IDHeader        settings.Scalar `json:"id_header"`
	NATS            natsSettings    `json:"nats"`
	Poll            pollSettings    `json:"poll"`
}

// pollSettings is the section poll in it.
type pollSettings struct {
	Enabled settings.Scalar `json:"enabled"`
	Pause   settings.Scalar `json:"pause"`
	Recheck settings.Scalar `json:"recheck"`
}

// natsSettings is the section nats in it.
type natsSettings struct {
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

// checkedOptOuts are the settings of the section.
type checkedOptOuts struct {
	sendUnknown             bool
	store, listen           string
	idParameter             string
	timeParameter, idHeader string
	authenticated           authentication
	servers                 optout.Servers // no URLs: the opt-outs are this process's alone
	stream                  optout.StreamConfig
	poll                    checkedPoll
}

// checkedPoll says whether and how operators are asked who has opted out.
type checkedPoll struct {
	enabled        bool
	pause, recheck time.Duration
}

// authentication is how the webhook is known. The zero value is none that a receiver takes.
type authentication struct {
	open                    bool // it isn't, and everybody is believed
	token                   string
	headerName, headerValue string // instead of the token
}

func (s *optOutSettings) check() (c checkedOptOuts, err error) {
	c = checkedOptOuts{
		store: s.Store.Text(), listen: s.Listen.Text(),
		idParameter: s.IDParameter.Or("uid2"), timeParameter: s.TimeParameter.Or("timestamp"), idHeader: s.IDHeader.Text(),
	}
	if c.servers, c.stream, err = s.NATS.check(); err != nil {
		return c, err
	}
	if c.poll, err = s.Poll.check(); err != nil {
		return c, err
	}
	if c.authenticated, err = s.authentication(c.listen != ""); err != nil {
		return c, err
	}
	if err = optout.CheckReceiver(c.receiverOptions(s)...); err != nil {
		return c, receiverError(err)
	}
	if err = c.checkStore(); err != nil {
		return c, err
	}
	unknown, err := s.WhenUnknown.OneOf("opt_outs.when_unknown", "withhold", "withhold", "send")
	c.sendUnknown = unknown == "send"
	return c, err
}

func (s *natsSettings) check() (servers optout.Servers, stream optout.StreamConfig, err error) {
	servers = optout.Servers{CredentialsFile: s.CredentialsFile.Text(), CAFile: s.CAFile.Text(), CertFile: s.CertFile.Text(), KeyFile: s.KeyFile.Text()}
	if urls := (settings.Secret{Inline: s.URLs, Env: s.URLsEnv, File: s.URLsFile}); urls.Used() {
		if servers.URLs, err = urls.Resolve("opt_outs.nats.urls"); err != nil {
			return servers, stream, err
		}
	}
	stream = optout.StreamConfig{Name: s.Stream.Text(), Subject: s.Subject.Text()}
	if !s.Replicas.Absent() {
		stream.Replicas, _ = strconv.Atoi(s.Replicas.Text()) // no number is 0
		if stream.Replicas < 1 || stream.Replicas > 5 {
			return servers, stream, settings.Wrong("opt_outs.nats.replicas", "a whole number from 1 to 5 is wanted")
		}
	}
	return servers, stream, nil
}

func (s *pollSettings) check() (c checkedPoll, err error) {
	if c.enabled, err = s.Enabled.Bool("opt_outs.poll.enabled", false); err != nil {
		return c, err
	}
	if c.pause, err = s.Pause.Duration("opt_outs.poll.pause", time.Second, 10*time.Millisecond, time.Hour); err != nil {
		return c, err
	}
	c.recheck, err = s.Recheck.Duration("opt_outs.poll.recheck", 24*time.Hour, time.Minute, 365*24*time.Hour)
	return c, err
}

func (s *optOutSettings) bearerToken() settings.Secret {
	return settings.Secret{Inline: s.BearerToken, Env: s.BearerTokenEnv, File: s.BearerTokenFile}
}

func (s *optOutSettings) headerValue() settings.Secret {
	return settings.Secret{Inline: s.HeaderValue, Env: s.HeaderValueEnv, File: s.HeaderValueFile}
}

// authentication reads what the webhook must bring, a token or a header field as it stands. A
// receiver that believes everybody must be wanted explicitly.
func (s *optOutSettings) authentication(listens bool) (a authentication, err error) {
	token, shared := s.bearerToken(), s.headerValue()
	wantsShared := shared.Used() || !s.HeaderName.Absent()
	open, err := s.Unauthenticated.Bool("opt_outs.unauthenticated", false)
	switch {
	case err != nil:
		return a, err
	case token.Used() && wantsShared:
		return a, settings.Wrong("opt_outs.shared_header_name", "set it or opt_outs.bearer_token, not both")
	case open && (token.Used() || wantsShared):
		return a, settings.Wrong("opt_outs.unauthenticated", "it can't be true together with a token or a shared header")
	case open || !listens:
		return authentication{open: open}, nil
	case wantsShared && s.HeaderName.Absent():
		return a, settings.Wrong("opt_outs.shared_header_name", "it is missing")
	case wantsShared:
		a.headerName = s.HeaderName.Text()
		a.headerValue, err = shared.Resolve("opt_outs.shared_header_value")
		return a, err
	}
	a.token, err = token.Resolve("opt_outs.bearer_token")
	return a, err
}

// checkStore refuses what needs a store without one.
func (c *checkedOptOuts) checkStore() error {
	switch {
	case c.store != "": // all that needs it has it
	case c.poll.enabled:
		return settings.Wrong("opt_outs.store", "it is missing, and what operators tell must be kept")
	case c.servers.URLs != "":
		return settings.Wrong("opt_outs.store", "it is missing, and a node of a fleet keeps its copy there")
	case c.listen != "":
		return settings.Wrong("opt_outs.store", "it is missing, and what is received must be kept")
	}
	return nil
}

// receiverOptions are the receiver that is wanted. Secrets that are in files, as the settings say,
// are read again.
func (c *checkedOptOuts) receiverOptions(from *optOutSettings) []optout.ReceiverOption {
	options := []optout.ReceiverOption{optout.WithParameters(c.idParameter, c.timeParameter)}
	if c.idHeader != "" {
		options = append(options, optout.WithIDHeader(c.idHeader))
	}
	switch a := c.authenticated; {
	case a.open, c.listen == "": // where nothing is received, nobody is believed
		return append(options, optout.WithoutAuthentication())
	case a.headerName != "" && from.headerValue().InFile():
		return append(options, optout.WithSharedHeaderFrom(a.headerName, linesOf(from.headerValue(), "opt_outs.shared_header_value")))
	case a.headerName != "":
		return append(options, optout.WithSharedHeader(a.headerName, a.headerValue))
	case from.bearerToken().InFile():
		return append(options, optout.WithBearerFrom(linesOf(from.bearerToken(), "opt_outs.bearer_token")))
	}
	return append(options, optout.WithBearer(c.authenticated.token))
}

// linesOf reads a secret again.
func linesOf(secret settings.Secret, name string) func() ([]string, error) {
	return func() ([]string, error) { return secret.Lines(name) }
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
		return settings.Wrong(receiverSettings[impossible.Part], impossible.Want)
	}
	return err
}

// config is where the Bidder knows opt-outs from.
func (c *checkedOptOuts) config(from *optOutSettings) OptOuts {
	o := OptOuts{
		Store: c.store, Listen: c.listen, Receiver: c.receiverOptions(from),
		Poll: c.poll.enabled, Poller: []optout.PollerOption{optout.WithPause(c.poll.pause), optout.WithRecheck(c.poll.recheck)},
		SendUnknown: c.sendUnknown,
	}
	if c.servers.URLs != "" {
		o.Fleet = JetStream(c.servers, c.stream)
	}
	return o
}
