package optout_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/optout"
)

// TestImpossibleReceivers: options that would let everybody in by mistake, or refuse every request,
// are an error, which doesn't reveal the secret.
func TestImpossibleReceivers(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	open := optout.WithoutAuthentication()
	for name, c := range map[string]struct {
		options []optout.ReceiverOption
		part    optout.ReceiverPart
	}{
		"no choice":             {nil, optout.PartAuthentication},
		"no choice but a name":  {[]optout.ReceiverOption{optout.WithParameters("a", "b")}, optout.PartAuthentication},
		"two":                   {[]optout.ReceiverOption{optout.WithBearer("canary"), open}, optout.PartAuthentication},
		"two tokens":            {[]optout.ReceiverOption{optout.WithBearer("canary"), optout.WithBearer("canary2")}, optout.PartAuthentication},
		"empty token":           {[]optout.ReceiverOption{optout.WithBearer("")}, optout.PartBearerToken},
		"space behind":          {[]optout.ReceiverOption{optout.WithBearer("canary ")}, optout.PartBearerToken},
		"space before":          {[]optout.ReceiverOption{optout.WithBearer(" canary")}, optout.PartBearerToken},
		"line break behind":     {[]optout.ReceiverOption{optout.WithBearer("canary\n")}, optout.PartBearerToken},
		"two lines":             {[]optout.ReceiverOption{optout.WithBearer("canary\ncanary")}, optout.PartBearerToken},
		"tab":                   {[]optout.ReceiverOption{optout.WithBearer("can\tary")}, optout.PartBearerToken},
		"control":               {[]optout.ReceiverOption{optout.WithBearer("can\x00ary")}, optout.PartBearerToken},
		"delete":                {[]optout.ReceiverOption{optout.WithBearer("can\x7fary")}, optout.PartBearerToken},
		"byte order mark":       {[]optout.ReceiverOption{optout.WithBearer("\ufeffcanary")}, optout.PartBearerToken},
		"the word Bearer twice": {[]optout.ReceiverOption{optout.WithBearer("bearer canary")}, optout.PartBearerToken},
		"placeholder":           {[]optout.ReceiverOption{optout.WithBearer("canary${OPTOUT_EPOCH}")}, optout.PartBearerToken},
		"empty value":           {[]optout.ReceiverOption{optout.WithSharedHeader("X", "")}, optout.PartSharedHeaderValue},
		"value with a space":    {[]optout.ReceiverOption{optout.WithSharedHeader("X", "canary ")}, optout.PartSharedHeaderValue},
		"value of two lines":    {[]optout.ReceiverOption{optout.WithSharedHeader("X", "can\r\nary")}, optout.PartSharedHeaderValue},
		"value of a template":   {[]optout.ReceiverOption{optout.WithSharedHeader("X", "${ADVERTISING_ID}")}, optout.PartSharedHeaderValue},
		"no name":               {[]optout.ReceiverOption{optout.WithSharedHeader("", "canary")}, optout.PartSharedHeaderName},
		"nothing":               {[]optout.ReceiverOption{optout.WithSharedHeader("", "")}, optout.PartSharedHeaderName},
		"name with a space":     {[]optout.ReceiverOption{optout.WithSharedHeader("X ", "canary")}, optout.PartSharedHeaderName},
		"name with a colon":     {[]optout.ReceiverOption{optout.WithSharedHeader("X:", "canary")}, optout.PartSharedHeaderName},
		"Host":                  {[]optout.ReceiverOption{optout.WithSharedHeader("host", "canary")}, optout.PartSharedHeaderName},
		"Content-Length":        {[]optout.ReceiverOption{optout.WithSharedHeader("content-length", "canary")}, optout.PartSharedHeaderName},
		"Transfer-Encoding":     {[]optout.ReceiverOption{optout.WithSharedHeader("Transfer-Encoding", "canary")}, optout.PartSharedHeaderName},
		"of a proxy":            {[]optout.ReceiverOption{optout.WithSharedHeader("X-Forwarded-For", "canary")}, optout.PartSharedHeaderName},
		"empty id":              {[]optout.ReceiverOption{open, optout.WithParameters("", "t")}, optout.PartIDParameter},
		"empty time":            {[]optout.ReceiverOption{open, optout.WithParameters("id", "")}, optout.PartTimeParameter},
		"equal":                 {[]optout.ReceiverOption{open, optout.WithParameters("id", "id")}, optout.PartTimeParameter},
		"equal to the default":  {[]optout.ReceiverOption{open, optout.WithParameters("timestamp", "timestamp")}, optout.PartTimeParameter},
		"empty header":          {[]optout.ReceiverOption{open, optout.WithIDHeader("")}, optout.PartIDHeader},
		"id in Host":            {[]optout.ReceiverOption{open, optout.WithIDHeader("Host")}, optout.PartIDHeader},
		"id in Authorization":   {[]optout.ReceiverOption{open, optout.WithIDHeader("authorization")}, optout.PartIDHeader},
		"id in the secret":      {[]optout.ReceiverOption{optout.WithSharedHeader("X-Opt-Out", "canary"), optout.WithIDHeader("x-opt-out")}, optout.PartIDHeader},
	} {
		r, err := optout.NewReceiver(s, c.options...)
		var part *optout.ReceiverError
		if r != nil || !errors.Is(err, optout.ErrReceiver) || !errors.As(err, &part) || part.Part != c.part || c.part == "" || part.Want == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
		if checked := optout.CheckReceiver(c.options...); checked == nil || checked.Error() != err.Error() {
			t.Errorf("%s: checked: %v", name, checked)
		}
	}
	if _, err := optout.NewReceiver(nil, open); !errors.Is(err, optout.ErrReceiver) {
		t.Errorf("no store: %v", err)
	}
	if err := optout.CheckReceiver(open); err != nil {
		t.Error(err)
	}
}

// TestReservedHeaders: header fields that HTTP or a proxy writes itself can't be used for a secret
// or a raw UID, in any letter case.
func TestReservedHeaders(t *testing.T) {
	for _, name := range []string{
		"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "HTTP2-Settings", "Keep-Alive",
		"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Real-IP",
		"X-Forwarded-For", "X-Forwarded-Anything",
	} {
		for _, name := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			for _, options := range [][]optout.ReceiverOption{
				{optout.WithSharedHeader(name, "secret")}, {optout.WithoutAuthentication(), optout.WithIDHeader(name)},
			} {
				if err := optout.CheckReceiver(options...); !errors.Is(err, optout.ErrReceiver) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// headerNames are names that somebody might choose.
var headerNames = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length",
	"Content-Type", "Cookie", "Date", "DNT", "Expect", "Forwarded", "From", "Host", "HTTP2-Settings", "If-Match", "If-Modified-Since", "Keep-Alive",
	"Max-Forwards", "Origin", "Pragma", "Proxy-Authorization", "Proxy-Connection", "Range", "Referer", "Sec-Token", "TE", "Trailer", "Transfer-Encoding",
	"Upgrade", "User-Agent", "Via", "X-Api-Key", "X-Forwarded-For", "X-Opt-Out", "X-Real-IP", "X_Underscore", "x-lower", "9", "!#$%&'*+-.^_`|~",
}

// TestHeaderNames: a name is either refused, or a request with the secret in that field is
// accepted, and one without it isn't.
func TestHeaderNames(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	taken := 0
	for _, name := range headerNames {
		r, err := optout.NewReceiver(s, optout.WithSharedHeader(name, "s3 cret"))
		if err != nil {
			continue
		}
		taken++
		for server, addr := range bothServers(t, r) {
			for value, want := range map[string]int{"s3 cret": 200, " s3 cret ": 200, "s3  cret": 401, "": 401} {
				if status := statusOf(t, addr, name+": "+value); status != want {
					t.Errorf("%s: %q in %s: %d", server, value, name, status)
				}
			}
			if status := statusOf(t, addr, strings.ToLower(name)+": s3 cret"); status != 200 {
				t.Errorf("%s: %s in lower case: %d", server, name, status)
			}
			if status := statusOf(t, addr, name+": other\r\n"+name+": s3 cret"); status != 200 {
				t.Errorf("%s: %s twice: %d", server, name, status)
			}
		}
	}
	if taken < 20 {
		t.Errorf("%d of %d names are accepted", taken, len(headerNames))
	}
}

// TestBearer: the case of the word Bearer doesn't matter, that of the token does.
func TestBearer(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	for server, addr := range bothServers(t, newReceiver(t, s, optout.WithBearer("t0ken"))) {
		for value, want := range map[string]int{"Bearer t0ken": 200, "bearer  t0ken": 200, "BEARER t0ken": 200, "Bearer T0ken": 401, "t0ken": 401, "Basic t0ken": 401, "Bearert0ken": 401, "Bearer": 401, "": 401} {
			if status := statusOf(t, addr, "Authorization: "+value); status != want {
				t.Errorf("%s: %q: %d", server, value, status)
			}
		}
	}
}

// bothServers returns the addresses of a server of each kind.
func bothServers(t *testing.T, r *optout.Receiver) map[string]string {
	t.Helper()
	standard := httptest.NewServer(r)
	t.Cleanup(standard.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fast := r.FastHTTPServer()
	go fast.Serve(listener)
	t.Cleanup(func() { fast.Shutdown() })
	return map[string]string{"net/http": standard.Listener.Addr().String(), "fasthttp": listener.Addr().String()}
}

// statusOf sends a request with these unmodified header lines, and returns the status.
func statusOf(t *testing.T, addr, header string) int {
	t.Helper()
	return exchange(t, addr, fmt.Sprintf("GET /?uid2=%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", url.QueryEscape(raw32), header))
}

// exchange sends text and returns the status of the answer.
func exchange(t *testing.T, addr, text string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	response.Body.Close()
	return response.StatusCode
}

// TestOfferOfHTTP2: the service's client offers HTTP/2 with each plain HTTP request; the offer is
// ignored.
func TestOfferOfHTTP2(t *testing.T) {
	s := optout.Open(memoryLog{})
	defer s.Close()
	for server, addr := range bothServers(t, newReceiver(t, s)) {
		if status := statusOf(t, addr, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUser-Agent: Java-http-client/21"); status != 200 {
			t.Errorf("%s: %d", server, status)
		}
	}
}
