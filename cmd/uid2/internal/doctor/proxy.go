package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"syscall"

	"golang.org/x/net/http/httpproxy"

	"github.com/uid2rtb/uid2rtb/operator"
)

// proxyOf returns the host and port of the proxy that a client uses, or "" for none, and reports
// whether it is spoken to by TLS. Its user and password stay out.
func proxyOf(setting string, to *url.URL) (host string, secure bool) {
	var proxy *url.URL
	switch setting {
	case operator.NoProxy:
	case "":
		proxy, _ = httpproxy.FromEnvironment().ProxyFunc()(to)
	default:
		proxy, _ = url.Parse(setting)
	}
	if proxy == nil {
		return "", false
	}
	return proxy.Host, proxy.Scheme == "https"
}

func (v *visit) sayProxy() {
	if v.proxy == "" {
		v.ok(checkProxy, "none is used")
		return
	}
	v.ok(checkProxy, "%s lets us through", v.proxy)
}

// refusedByProxy says what is wrong with the proxy. The client's errors name only what it answered.
func (v *visit) refusedByProxy(reached stage, err error) {
	var text, remedy string
	switch {
	case reached == lookingUp:
		text, remedy = fmt.Sprintf("the proxy's name, in %s, can't be looked up", v.proxy), "correct the proxy's address"
	case reached == connecting && errors.Is(v.way.connectErr, syscall.ECONNREFUSED):
		text, remedy = fmt.Sprintf("the proxy at %s refuses connections", v.proxy), "correct the proxy's address, or start it"
	case reached == connecting:
		text, remedy = fmt.Sprintf("the proxy at %s can't be connected to", v.proxy), "correct the proxy's address"
	case v.way.proxyErr != nil:
		text, _ = badCertificate(v.way.proxyErr, v.now)
		text, remedy = fmt.Sprintf("there is no secure connection to the proxy at %s: %s", v.proxy, text), "write http:// into its address if that is what it speaks, or give its certificates as the CA file"
	case status(err) == http.StatusProxyAuthRequired:
		text, remedy = fmt.Sprintf("the proxy at %s wants a user and a password", v.proxy), "write them into the proxy's address"
	default:
		text, remedy = fmt.Sprintf("the proxy at %s doesn't connect us: %s", v.proxy, plain(err)), "let the proxy allow "+v.base.Host+", or use another one"
	}
	v.wrong(checkProxy, text, remedy)
}
