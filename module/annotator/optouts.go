package annotator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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
	cfg.bearerToken, err = f.token(cfg.Listen != "")
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

// optOutNode is the host's own store of opt-outs, and the receiver that feeds it.
type optOutNode struct {
	store    *optout.Store
	receiver *optout.Receiver // nil if there is none
	server   *http.Server
	nats     *nats.Conn // nil without a fleet
	reports  sync.WaitGroup
}

// startOptOuts opens the store, which reads its log in the background, and starts the receiver.
func startOptOuts(cfg OptOutConfig, logger *slog.Logger) (*optOutNode, error) {
	log, conn, err := openLog(cfg)
	if err != nil {
		return nil, err
	}
	n := &optOutNode{store: optout.Open(log), nats: conn}
	n.reports.Go(func() { n.report(logger) })
	if cfg.Listen == "" {
		return n, nil
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: opt_outs.listen: %w", ErrConfig, err), n.close())
	}
	options := []optout.ReceiverOption{optout.WithParameters(cfg.IDParameter, cfg.TimeParameter)}
	if cfg.bearerToken != "" {
		options = append(options, optout.WithBearer(cfg.bearerToken))
	}
	n.receiver = optout.NewReceiver(n.store, options...)
	n.server = &http.Server{
		Handler:           n.receiver,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // it would quote what strangers send
	}
	go n.server.Serve(listener) // ends with close
	return n, nil
}

// openLog opens the host's own log, or the fleet's with the host's copy of it. NATS servers that can't be reached are tried
// again for ever: a node starts without them, and is not synced.
func openLog(cfg OptOutConfig) (optout.Log, *nats.Conn, error) {
	local, err := optout.OpenBolt(cfg.Store)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: opt_outs.store: %w", ErrConfig, err)
	}
	if cfg.Fleet.URLs == "" {
		return local, nil, nil
	}
	options := []nats.Option{nats.Name("uid2.decrypt"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true)}
	if cfg.Fleet.CredentialsFile != "" {
		options = append(options, nats.UserCredentials(cfg.Fleet.CredentialsFile))
	}
	conn, err := nats.Connect(cfg.Fleet.URLs, options...)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%w: opt_outs.nats: it can't be used", ErrConfig), local.Close())
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, nil, errors.Join(fmt.Errorf("%w: opt_outs.nats: %w", ErrConfig, err), local.Close())
	}
	return optout.NewJetStream(js, cfg.Fleet.Stream, local), conn, nil
}

// report logs how the reading of the log ended.
func (n *optOutNode) report(logger *slog.Logger) {
	start := time.Now()
	if err := n.store.WaitSynced(context.Background()); err != nil {
		if !errors.Is(err, context.Canceled) {
			logger.Error("the opt-outs can't be read; raw UIDs are withheld", "error", err)
		}
		return
	}
	logger.Info("the opt-outs are read", "users", n.store.Stats().Users, "took", time.Since(start).Round(time.Millisecond))
}

// close ends the receiver, which answers what it is working on, and then the store. It may be called on nil.
func (n *optOutNode) close() error {
	if n == nil {
		return nil
	}
	var err error
	if n.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = n.server.Shutdown(ctx)
	}
	err = errors.Join(err, n.store.Close())
	if n.nats != nil {
		n.nats.Close()
	}
	n.reports.Wait()
	return err
}
