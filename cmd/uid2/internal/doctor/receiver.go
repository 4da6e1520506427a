package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Receiver is the webhook for opt-outs, as the opt-out service calls it.
type Receiver struct {
	URL                     string
	IDParameter, TimeName   string
	HeaderName, HeaderValue string // with which the service proves who it is; empty: it doesn't
	TestOptOut              bool   // send an opt-out of nobody, which the store keeps
}

// The checks of a receiver, in order.
const (
	checkReceiver = "receiver"
	checkGuard    = "receiver guard"
	checkOptOut   = "receiver opt-out"
)

// sentinel is the entry that begins each batch of the service. Receivers keep nothing of it.
var sentinel = base64.StdEncoding.EncodeToString(make([]byte, 32))

// nobody is a raw UID that no operator can have made, always the same, so that it is kept once.
func nobody() string {
	sum := sha256.Sum256([]byte("uid2 doctor: the opt-out of nobody"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (r *Receiver) examine(ctx context.Context, now func() time.Time) []Finding {
	var f findings
	defer http.DefaultClient.CloseIdleConnections()
	status, err := r.send(ctx, now(), sentinel, true)
	if !r.sayReached(&f, status, err) {
		f.skip("the receiver takes nothing", checkGuard, checkOptOut)
		return f.list
	}
	r.sayGuard(ctx, &f, now())
	if !r.TestOptOut {
		f.skip("it writes an opt-out, and wasn't asked for", checkOptOut)
		return f.list
	}
	switch status, err := r.send(ctx, now(), nobody(), true); {
	case err == nil && status == http.StatusOK:
		f.ok(checkOptOut, "an opt-out of nobody was kept")
	default:
		f.wrong(checkOptOut, "an opt-out isn't kept, though a sentinel is taken: "+answered(status, err), "see the log of what receives, and its store")
	}
	return f.list
}

// sayReached judges the answer to a sentinel, and reports whether it was taken.
func (r *Receiver) sayReached(f *findings, status int, err error) bool {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		f.wrong(checkReceiver, "its address refuses connections", "start what receives, or correct the address")
	case err != nil:
		f.wrong(checkReceiver, "it doesn't answer: "+answered(status, err), "check the address, its certificate, and what stands in front")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.wrong(checkReceiver, fmt.Sprintf("it refuses the configured token or header (HTTP %d)", status), "give both the same token; one that doesn't stand in a file takes a restart")
	case status == http.StatusServiceUnavailable:
		f.wrong(checkReceiver, "it can't keep opt-outs at present (HTTP 503)", "see its log: the store or the fleet's servers")
	case status != http.StatusOK:
		f.wrong(checkReceiver, fmt.Sprintf("something else answers: HTTP %d", status), "correct the address, and what stands in front; the service stops at any answer but 200 and 204")
	default:
		f.ok(checkReceiver, "it takes a sentinel")
		return true
	}
	return false
}

// sayGuard sends a sentinel as a stranger would.
func (r *Receiver) sayGuard(ctx context.Context, f *findings, now time.Time) {
	if r.HeaderName == "" {
		f.warning(checkGuard, "it believes everybody, as configured", "let something in front of it authenticate requests, or set a token")
		return
	}
	switch status, err := r.send(ctx, now, sentinel, false); {
	case err != nil:
		f.wrong(checkGuard, "it doesn't answer: "+answered(status, err), "see its log")
	case status == http.StatusOK:
		f.wrong(checkGuard, "it takes opt-outs without the token, so anybody can opt any user out", "find out what runs there: it doesn't have this configuration")
	default:
		f.ok(checkGuard, "it refuses strangers")
	}
}

// send calls the webhook as the service does: no redirect is followed.
func (r *Receiver) send(ctx context.Context, now time.Time, uid string, authorized bool) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	target, err := url.Parse(r.URL)
	if err != nil {
		return 0, errors.New("its address can't be read")
	}
	query := url.Values{r.IDParameter: {uid}, r.TimeName: {strconv.FormatInt(now.Unix(), 10)}}.Encode()
	target.RawQuery = strings.TrimPrefix(target.RawQuery+"&"+query, "&")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return 0, errors.New("its address can't be read")
	}
	if authorized && r.HeaderName != "" {
		request.Header.Set(r.HeaderName, r.HeaderValue)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// answered describes an answer, or why there is none. Errors of net/http quote the address.
func answered(status int, err error) string {
	var wrapped *url.Error
	switch {
	case err == nil:
		return fmt.Sprintf("HTTP %d", status)
	case errors.As(err, &wrapped) && wrapped.Timeout():
		return "no answer in time"
	case errors.As(err, &wrapped):
		return "the connection fails"
	}
	return err.Error()
}
