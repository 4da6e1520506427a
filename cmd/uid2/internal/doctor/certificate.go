package doctor

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// certificate is what is said of one: nothing in it is secret.
type certificate struct {
	issuer   string
	from, to time.Time
}

func summaries(chain []*x509.Certificate) []certificate {
	all := make([]certificate, len(chain))
	for i, c := range chain {
		all[i] = summary(c)
	}
	return all
}

func summary(c *x509.Certificate) certificate {
	issuer := c.Issuer.CommonName
	if len(c.Issuer.Organization) > 0 {
		issuer = c.Issuer.Organization[0]
	}
	return certificate{cmp.Or(issuer, "an issuer without a name"), c.NotBefore, c.NotAfter}
}

// first returns the certificate of a chain that expires first.
func first(chain []certificate) certificate {
	soonest := chain[0]
	for _, c := range chain[1:] {
		if c.to.Before(soonest.to) {
			soonest = c
		}
	}
	return soonest
}

// badCertificate says why a handshake failed, and what to do.
func badCertificate(err error, now time.Time) (text, remedy string) {
	var unverified *tls.CertificateVerificationError
	if !errors.As(err, &unverified) || len(unverified.UnverifiedCertificates) == 0 {
		return "the handshake fails: " + handshakeText(err), "check the address and its port, and whether something in between takes TLS apart"
	}
	leaf := summary(unverified.UnverifiedCertificates[0])
	switch {
	case errors.As(err, new(x509.HostnameError)):
		return fmt.Sprintf("the certificate, issued by %q, is for another host", leaf.issuer), "correct the address, or find out what answers in the operator's place"
	case now.After(leaf.to):
		return fmt.Sprintf("the certificate, issued by %q, expired at %s", leaf.issuer, at(leaf.to)), "whoever runs the address must renew it; if that time is still to come, set this machine's clock"
	case now.Before(leaf.from):
		return fmt.Sprintf("the certificate, issued by %q, isn't valid before %s", leaf.issuer, at(leaf.from)), "set this machine's clock, if that time has passed"
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return fmt.Sprintf("the certificate is issued by %q, which isn't trusted here", leaf.issuer),
			"if that is your own authority or an intercepting proxy's, give its certificates as the CA file; otherwise something intercepts the connection"
	}
	return fmt.Sprintf("the certificate, issued by %q, isn't accepted", leaf.issuer), "find out what answers in the operator's place"
}

// handshakeText names the failures that are known; others may quote what was received.
func handshakeText(err error) string {
	var alert tls.AlertError
	switch {
	case errors.As(err, new(tls.RecordHeaderError)):
		return "what answers doesn't speak TLS"
	case errors.As(err, &alert):
		return "the other side says: " + alert.Error()
	case err == nil:
		return "it didn't end in time"
	}
	return "the connection ended"
}

func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
