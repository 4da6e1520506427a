package page

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// policy lets the page load its own files and talk to its own server, and nothing else. Scripts
// can't make markup out of text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guarded refuses requests that another site made a browser send, and sets the headers of every
// answer.
func guarded(handler http.Handler, config Config) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(refuseCrossSite))
	handler = crossOrigin.Handler(sameSiteReads(handler))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		switch {
		case config.Token == "" && !reachedLocally(r):
			answerError(w, http.StatusForbidden, "This page answers on this machine only: start it with a token to reach it from elsewhere.")
		case !knownHost(r.Host, config):
			answerError(w, http.StatusMisdirectedRequest, "This page doesn't answer to that name: call it by its address.")
		default:
			withoutPanic(handler, w, r)
		}
	})
}

// setHeaders sets what holds for every answer. Nothing is stored, unless a handler says otherwise.
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
}

// withoutPanic answers 500 where a handler panics. The value may quote what somebody pasted, so it
// is dropped.
func withoutPanic(handler http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if recover() != nil {
			answerError(w, http.StatusInternalServerError, "The page has a fault, and this made it show. Nothing of the text was logged.")
		}
	}()
	handler.ServeHTTP(w, r)
}

// knownHost reports whether a request is for a name of this page. A site that points its own name
// at the page's address (DNS rebinding) has another one.
func knownHost(host string, config Config) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	isHost := func(name string) bool { return strings.EqualFold(name, host) }
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.ContainsFunc(config.Hosts, isHost) {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLoopback() || config.Token != "")
}

// sameSiteReads refuses a read that another site's page makes; following a link to the page is
// fine. [http.CrossOriginProtection] is about requests that change something.
func sameSiteReads(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "", "same-origin", "none":
		default:
			if r.URL.Path != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate" {
				refuseCrossSite(w, r)
				return
			}
		}
		handler.ServeHTTP(w, r)
	})
}

func refuseCrossSite(w http.ResponseWriter, _ *http.Request) {
	answerError(w, http.StatusForbidden, "Another site asked for this: only the page itself may.")
}
