package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/optout"
)

// Fleet are the NATS servers that keep the opt-outs of several nodes.
type Fleet struct {
	Servers    optout.Servers
	Stream     optout.StreamConfig
	Monitoring []string // base URLs of the servers' monitoring ports
}

// The checks of a fleet, in order.
const (
	checkServers   = "fleet servers"
	checkJetStream = "fleet jetstream"
	checkStream    = "fleet stream"
	checkReplicas  = "fleet replicas"
	checkLag       = "fleet lag"
	checkSync      = "fleet sync"
)

func (p *Fleet) examine(ctx context.Context) []Finding {
	var f findings
	urls := strings.Split(p.Servers.URLs, ",")
	conn := p.connect(ctx, urls, &f)
	if conn == nil {
		f.skip("no server can be reached", checkJetStream, checkStream, checkReplicas, checkLag)
	} else {
		defer conn.Close()
		p.examineStream(ctx, conn, len(urls), &f)
	}
	p.examineSync(ctx, &f)
	return f.list
}

// connect connects to each server alone, and returns one of the connections.
func (p *Fleet) connect(ctx context.Context, urls []string, f *findings) *nats.Conn {
	conns, errs := make([]*nats.Conn, len(urls)), make([]error, len(urls))
	var work sync.WaitGroup
	for i, u := range urls {
		work.Go(func() { conns[i], errs[i] = p.connectTo(ctx, strings.TrimSpace(u)) })
	}
	work.Wait()
	var first *nats.Conn
	var failed []string
	for i, conn := range conns {
		switch {
		case errs[i] != nil:
			failed = append(failed, hostOf(urls[i])+" "+connectText(errs[i]))
		case first == nil:
			first = conn
		default:
			conn.Close()
		}
	}
	const remedy = "start what is down, and check addresses, credentials and firewalls"
	switch {
	case first == nil:
		f.wrong(checkServers, strings.Join(failed, ", "), remedy)
	case len(failed) > 0:
		f.warning(checkServers, strings.Join(failed, ", ")+fmt.Sprintf("; %d of %d can be reached", len(urls)-len(failed), len(urls)), remedy)
	default:
		f.ok(checkServers, "%d can be reached", len(urls))
	}
	return first
}

// connectTo is nats.Connect, which takes several times its time limit, for as long as there is
// time. A connection that comes too late is closed.
func (p *Fleet) connectTo(ctx context.Context, server string) (*nats.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	type result struct {
		conn *nats.Conn
		err  error
	}
	results := make(chan result)
	go func() {
		conn, err := nats.Connect(server, p.options()...)
		select {
		case results <- result{conn, err}:
		case <-ctx.Done():
			if err == nil {
				conn.Close()
			}
		}
	}()
	select {
	case r := <-results:
		return r.conn, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *Fleet) options() []nats.Option {
	options := []nats.Option{nats.Name("uid2 doctor"), nats.NoReconnect(), nats.Timeout(stepTimeout), nats.IgnoreDiscoveredServers(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})} // by default, NATS writes to standard error
	if s := p.Servers; s.CredentialsFile != "" {
		options = append(options, nats.UserCredentials(s.CredentialsFile))
	}
	if s := p.Servers; s.CAFile != "" {
		options = append(options, nats.RootCAs(s.CAFile))
	}
	if s := p.Servers; s.CertFile != "" {
		options = append(options, nats.ClientCert(s.CertFile, s.KeyFile))
	}
	return options
}

// hostOf is a URL without its user and password. If a character in those would have to be escaped,
// what looks like the host is a part of them.
func hostOf(text string) string {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "nats://" + text
	}
	u, err := url.Parse(text)
	if err != nil || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return "a server"
	}
	return u.Host
}

// connectText says why a server can't be used. Other errors may quote a URL.
func connectText(err error) string {
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
		return "refuses the credentials"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "has a certificate that isn't trusted"
	case errors.As(err, new(*net.DNSError)):
		return "has a name that can't be looked up"
	case errors.Is(err, nats.ErrSecureConnRequired), errors.Is(err, nats.ErrSecureConnWanted):
		return "wants TLS, or has none"
	}
	return "can't be reached"
}

// examineStream looks at the stream as the servers describe it.
func (p *Fleet) examineStream(ctx context.Context, conn *nats.Conn, servers int, f *findings) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	js, err := jetstream.New(conn)
	if err == nil {
		_, err = js.AccountInfo(ctx)
	}
	if err != nil {
		f.wrong(checkJetStream, "the servers don't offer it", "switch it on by jetstream {} in their configuration, and for the account; a cluster without a majority of its servers doesn't either")
		f.skip("there is no JetStream", checkStream, checkReplicas, checkLag)
		return
	}
	f.ok(checkJetStream, "it is on")
	stream, err := js.Stream(ctx, p.name())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		f.warning(checkStream, "there is no stream "+p.name()+" yet", "the first node makes it; if there should be one, correct its name, and restore it")
	} else if err != nil {
		f.wrong(checkStream, "the servers don't say what stream "+p.name()+" is like", "see that a majority of its servers runs")
	}
	if err != nil {
		f.skip("there is no stream to look at", checkReplicas, checkLag)
		return
	}
	info := stream.CachedInfo()
	p.sayStream(info.Config, f)
	p.sayReplicas(info, servers, f)
	sayLag(ctx, stream, info.State.LastSeq, f)
}

// sayStream judges the stream as a node does; the number of replicas is judged for itself.
func (p *Fleet) sayStream(is jetstream.StreamConfig, f *findings) {
	alone := p.Stream
	alone.Replicas = 1
	if err := alone.Usable(is); err != nil {
		f.wrong(checkStream, plain(err), "change the stream: nats stream edit "+p.name())
		return
	}
	f.ok(checkStream, "%s keeps everything", p.name())
}

func (p *Fleet) sayReplicas(info *jetstream.StreamInfo, servers int, f *findings) {
	has, behind := info.Config.Replicas, 0
	if info.Cluster != nil {
		for _, peer := range info.Cluster.Replicas {
			if peer.Offline || !peer.Current {
				behind++
			}
		}
	}
	remedy := fmt.Sprintf("nats stream edit %s --replicas 3, and replicas: 3 in every node's settings", p.name())
	switch {
	case has < p.Stream.Replicas:
		f.wrong(checkReplicas, fmt.Sprintf("the stream has %d, but the settings want %d, so nodes don't use it", has, p.Stream.Replicas), remedy)
	case has == 1 && servers >= 3:
		f.warning(checkReplicas, fmt.Sprintf("one of %d servers alone keeps the opt-outs", servers), remedy)
	case behind > 0:
		f.warning(checkReplicas, fmt.Sprintf("%d of %d are offline or behind", behind, has), "start what is down, and wait until it has caught up")
	default:
		f.ok(checkReplicas, "%d, and all are current", has)
	}
}

func (p *Fleet) name() string { return p.Stream.WithDefaults().Name }

// mostLag is how many messages a node may lack without a reason to look at it.
const mostLag = 10_000

// sayLag looks at the nodes that read the stream: the servers know how far each is, but not which
// node it is.
func sayLag(ctx context.Context, stream jetstream.Stream, last uint64, f *findings) {
	readers, most := 0, uint64(0)
	list := stream.ListConsumers(ctx)
	for info := range list.Info() {
		readers++
		most = max(most, info.NumPending)
	}
	switch {
	case list.Err() != nil:
		f.skip("the servers don't say who reads the stream", checkLag)
	case most > mostLag:
		f.warning(checkLag, fmt.Sprintf("a node lacks %d of %d opt-outs", most, last), "see which node's lag grows in its metrics, and why")
	default:
		f.ok(checkLag, "%d nodes read the stream, and none lacks more than %d opt-outs", readers, most)
	}
}
