package operator

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

var (
	errNoAnswer  = fmt.Errorf("no answer in time: %w", os.ErrDeadlineExceeded)
	errCutOff    = errors.New("the answer was cut off")
	errTooLarge  = errors.New("the answer is larger than the client's limit")
	errHTTP      = errors.New("it doesn't speak HTTP, or its header is larger than 16 KiB")
	errRedirect  = errors.New("a redirect, which is not followed")
	errTLS       = errors.New("it doesn't speak TLS")
	errClosedAt  = errors.New("the connection was closed before an answer")
	errNoDial    = errors.New("no connection could be made")
	errProxyAuth = errors.New("the proxy wants a user and a password")
	errPermanent = errors.New("trying again won't help")
)

// transportError classifies an error of an attempt without an HTTP answer; begun says whether a
// byte of one arrived. Error texts of net/http quote the header that they couldn't parse, and those
// of package net the addresses, so neither is kept unchanged.
func transportError(err error, begun bool) *Error {
	cause := connectionError(err)
	switch {
	case isTimeout(err):
		return &Error{Kind: ErrUnavailable, Err: errNoAnswer}
	case begun && (cause != nil || errors.Is(err, io.ErrUnexpectedEOF)):
		return &Error{Kind: ErrResponse, Err: errCutOff}
	case begun:
		return &Error{Kind: ErrResponse, Err: errHTTP}
	case cause != nil:
		return &Error{Kind: ErrUnavailable, Err: cause}
	}
	return &Error{Kind: ErrUnavailable, Err: errClosedAt}
}

// bodyError classifies an error of reading the body of an answer.
func bodyError(err error) *Error {
	switch {
	case errors.Is(err, errTooLarge):
		return &Error{Kind: ErrResponse, Err: errTooLarge}
	case isTimeout(err):
		return &Error{Kind: ErrUnavailable, Err: errNoAnswer}
	}
	return &Error{Kind: ErrResponse, Err: errCutOff}
}

// connectionError returns the part of err that is worth reporting, or nil if err isn't about the
// connection.
func connectionError(err error) error {
	if e, ok := as[*tls.CertificateVerificationError](err); ok {
		return permanent{certificateError(e.Err)}
	}
	if _, ok := as[tls.RecordHeaderError](err); ok {
		return permanent{errTLS}
	}
	if e, ok := as[tls.AlertError](err); ok {
		return permanent{fmt.Errorf("TLS: %w", e)}
	}
	if e, ok := as[proxyRefusal](err); ok {
		return e.cause()
	}
	if e, ok := as[*net.DNSError](err); ok {
		return &net.DNSError{Err: e.Err, Name: e.Name, IsNotFound: e.IsNotFound, IsTemporary: e.IsTemporary}
	}
	if e, ok := as[*net.OpError](err); ok {
		return fmt.Errorf("%s: %w", e.Op, innermost(e.Err))
	}
	if _, ok := as[dialError](err); ok {
		return errNoDial // a caller's own dialer may put anything into its text
	}
	return nil
}

// as finds the first error of a type among err and what it wraps.
func as[E error](err error) (e E, ok bool) {
	ok = errors.As(err, &e)
	return e, ok
}

// certificateError drops the current time from the text for an expired certificate.
func certificateError(err error) error {
	if e, ok := as[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return errors.New("TLS: the certificate is not valid at this time")
	}
	return fmt.Errorf("TLS: %w", err)
}

// innermost drops the addresses, including a proxy's, from errors of package net.
func innermost(err error) error {
	for {
		if e, ok := as[*net.OpError](err); ok {
			err = e.Err
		} else if e, ok := as[*os.SyscallError](err); ok {
			err = e.Err
		} else {
			return err
		}
	}
}

// isTimeout reports whether err is a timeout, of a context, a connection or the system.
func isTimeout(err error) bool {
	e, ok := as[net.Error](err)
	return ok && e.Timeout()
}

// permanent marks a cause that another attempt would run into again. Its text is that of the cause.
type permanent struct{ cause error }

func (p permanent) Error() string   { return p.cause.Error() }
func (p permanent) Unwrap() []error { return []error{p.cause, errPermanent} }
