package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/operator"
)

// Operator is one that is called.
type Operator struct {
	Name        string // before the name of each check
	BaseURL     string
	Credentials operator.Credentials
	Options     []operator.Option
	Proxy       string // as operator.WithProxy has it
}

// The checks of an operator, in order.
const (
	checkAddress     = "address"
	checkProxy       = "proxy"
	checkTLS         = "tls"
	checkClock       = "clock"
	checkCredentials = "credentials"
	checkRoles       = "roles"
	checkKeys        = "keys"
	checkSites       = "sites"
)

// visit is the examination of an operator.
type visit struct {
	findings
	*Operator
	client *operator.Client
	base   *url.URL
	proxy  string // host and port, empty for none
	way    trip
	now    time.Time
	within time.Duration
}

func (o *Operator) examine(ctx context.Context, now func() time.Time, within time.Duration) []Finding {
	v := &visit{findings: findings{prefix: o.Name + " "}, Operator: o, now: now(), within: within}
	options := append(o.Options[:len(o.Options):len(o.Options)], operator.WithMaxAttempts(1), operator.WithTimeout(stepTimeout), operator.WithNow(now))
	var err error
	if v.client, err = operator.New(o.BaseURL, o.Credentials, options...); err != nil {
		v.wrong(checkAddress, plain(err), "correct the setting")
		v.skip("the operator can't be called with these settings", checkProxy, checkTLS, checkClock, checkCredentials, checkRoles, checkKeys, checkSites)
		return v.list
	}
	defer v.client.Close()
	v.base, _ = url.Parse(o.BaseURL) // New has read it
	var way journey
	v.proxy, way.throughTLS = proxyOf(o.Proxy, v.base)
	answer, err := v.client.BidstreamKeys(way.traced(ctx))
	v.way = way.soFar()
	if v.arrives(err) && v.onTime(err) {
		v.participant(ctx, answer, err)
	}
	return v.list
}

// arrives checks the way to the operator, and reports whether it answers.
func (v *visit) arrives(err error) bool {
	rest := []string{checkClock, checkCredentials, checkRoles, checkKeys, checkSites}
	secure := strings.EqualFold(v.base.Scheme, "https")
	reached := v.way.reached(v.proxy != "", secure)
	switch {
	case v.proxy != "" && reached <= atProxy || v.proxy != "" && status(err) == http.StatusProxyAuthRequired:
		v.skip("the proxy doesn't let us through", checkAddress)
		v.refusedByProxy(reached, err)
		v.skip("the proxy doesn't let us through", append([]string{checkTLS}, rest...)...)
		return false
	case reached <= connecting:
		text, remedy := v.unreachable(reached)
		v.wrong(checkAddress, text, remedy)
		v.skip("the operator can't be reached", append([]string{checkProxy, checkTLS}, rest...)...)
		return false
	case reached == handshaking:
		v.ok(checkAddress, "%s can be reached", v.base.Host)
		v.sayProxy()
		text, remedy := badCertificate(v.way.handshakeErr, v.now)
		v.wrong(checkTLS, text, remedy)
		v.skip("there is no secure connection", rest...)
		return false
	}
	answers := v.sayAnswer(err)
	v.sayProxy()
	v.sayTLS(secure)
	if !answers {
		v.skip("the operator doesn't answer", rest...)
	}
	return answers
}

// unreachable says why there is no connection.
func (v *visit) unreachable(reached stage) (text, remedy string) {
	host := v.base.Hostname()
	switch {
	case reached == lookingUp:
		return fmt.Sprintf("the name %s can't be looked up", host), "correct the host in the address, or this machine's DNS"
	case errors.Is(v.way.connectErr, syscall.ECONNREFUSED):
		return fmt.Sprintf("%s refuses connections", v.base.Host), "correct the port in the address, or start what should listen there"
	}
	return fmt.Sprintf("%s can't be connected to", v.base.Host), "check the address, firewalls, and whether a proxy is needed"
}

// sayAnswer judges what came back, and reports whether it came from an operator.
func (v *visit) sayAnswer(err error) bool {
	switch {
	case err == nil, errors.Is(err, operator.ErrUnauthorized), errors.Is(err, operator.ErrClientSecret), errors.Is(err, operator.ErrClockSkew):
		v.ok(checkAddress, "an operator answers at %s", v.base.Host)
		return true
	case errors.Is(err, operator.ErrThrottled):
		v.wrong(checkAddress, "the operator asks for fewer calls", "wait a while")
	case errors.Is(err, operator.ErrUnavailable):
		v.wrong(checkAddress, "no good answer comes: "+plain(err), "try again later; if it stays like this, ask whoever runs the operator")
	default:
		v.wrong(checkAddress, "what answers isn't an operator: "+plain(err), "correct the address and its path, and look for something in between that answers instead")
	}
	return false
}

func (v *visit) sayTLS(secure bool) {
	switch {
	case secure:
		v.sayCertificates()
	case bidder.SendsInTheClear(v.BaseURL):
		v.warning(checkTLS, "http:// shows the API key to everybody on the way", "use https://")
	default:
		v.skip("an http:// address has no certificate", checkTLS)
	}
}

func (v *visit) sayCertificates() {
	soonest := first(v.way.certificates)
	text := fmt.Sprintf("issued by %q, valid until %s", v.way.certificates[0].issuer, at(soonest.to))
	if soonest.to.Sub(v.now) < v.within {
		v.warning(checkTLS, "a certificate expires soon: "+text, "whoever runs the address must renew it")
		return
	}
	v.ok(checkTLS, "%s", text)
}

// status returns the HTTP status with which a call failed.
func status(err error) int {
	if e, ok := errors.AsType[*operator.Error](err); ok {
		return e.HTTPStatus
	}
	return 0
}

// plain is the text of an error without the name of its package.
func plain(err error) string {
	text := err.Error()
	for _, prefix := range []string{"operator: ", "bidder: ", "optout: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}
