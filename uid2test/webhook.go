package uid2test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Webhook describes where and how a participant wants to be notified of opt-outs. The server sends
// what the opt-out service sends: one request without a body per opt-out, one at a time; 200 and
// 204 mean success.
type Webhook struct {
	URL    string
	Method string // GET or POST; default GET

	// Query lists parameters to add to the URL, as name=value, and Header header fields, as
	// Name: value. In the values, ${ADVERTISING_ID} is replaced by the raw UID and
	// ${OPTOUT_EPOCH} by the time in Unix seconds.
	Query  []string
	Header []string

	Retries     int           // how often a request is repeated after 429, 500, 502, 503 and 504
	Backoff     time.Duration // before each repetition; default 6 seconds
	Timeout     time.Duration // of one request; default 30 seconds
	ResendAfter time.Duration // when a failed batch is sent again, from its first entry; default one hour
}

func (w Webhook) withDefaults() Webhook {
	if w.Method == "" {
		w.Method = http.MethodGet
	}
	for to, byDefault := range map[*time.Duration]time.Duration{&w.Backoff: 6 * time.Second, &w.Timeout: 30 * time.Second, &w.ResendAfter: time.Hour} {
		if *to == 0 {
			*to = byDefault
		}
	}
	return w
}

// check panics if the webhook is invalid.
func (w *Webhook) check() {
	if parsed, err := url.Parse(w.URL); err != nil || parsed.Host == "" {
		panic("uid2test: a webhook needs a URL")
	}
	if w.Method != http.MethodGet && w.Method != http.MethodPost {
		panic("uid2test: a webhook is a GET or a POST")
	}
	for _, parameter := range w.Query {
		if name, _, ok := strings.Cut(parameter, "="); !ok || name == "" {
			panic("uid2test: a webhook's parameter is name=value")
		}
	}
	for _, field := range w.Header {
		if name, _, ok := strings.Cut(field, ":"); !ok || strings.TrimSpace(name) == "" {
			panic("uid2test: a webhook's header field is Name: value")
		}
	}
}

// request makes the request that announces one opt-out.
func (w *Webhook) request(ctx context.Context, o announced) (*http.Request, error) {
	fill := strings.NewReplacer("${ADVERTISING_ID}", o.id(), "${OPTOUT_EPOCH}", strconv.FormatInt(o.sinceMs/1000, 10))
	target := w.URL
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	for _, parameter := range w.Query {
		name, value, _ := strings.Cut(parameter, "=")
		target += separator + url.QueryEscape(name) + "=" + url.QueryEscape(fill.Replace(value))
		separator = "&"
	}
	request, err := http.NewRequestWithContext(ctx, w.Method, target, http.NoBody)
	if err != nil {
		return nil, err
	}
	for _, field := range w.Header {
		name, value, _ := strings.Cut(field, ":")
		request.Header.Set(strings.TrimSpace(name), fill.Replace(strings.TrimSpace(value)))
	}
	return request, nil
}

// announced is an opt-out in the form in which it is announced: a raw UID of version 4 without its
// environment.
type announced struct {
	uid     codec.RawUID
	sinceMs int64
}

func (o announced) id() string { return o.uid.Reveal() }

// sentinel returns the entry that starts or ends a batch: a raw UID of version 2 made of this byte
// only.
func sentinel(b byte, at time.Time) announced {
	uid, err := codec.NewRawUID(slices.Repeat([]byte{b}, 32))
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return announced{uid, at.UnixMilli()}
}
