package optout_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// newReceiver makes a receiver, without authentication unless the options set one.
func newReceiver(t testing.TB, s *optout.Store, opts ...optout.ReceiverOption) *optout.Receiver {
	t.Helper()
	if len(opts) == 0 {
		opts = append(opts, optout.WithoutAuthentication())
	}
	r, err := optout.NewReceiver(s, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// receive sends a request to both kinds of servers, which must give the same answer.
func receive(t testing.TB, r *optout.Receiver, method, target, body string, header ...string) int {
	t.Helper()
	status := receiveHTTP(t, r, method, target, body, header...)
	if fast := receiveFast(r, method, target, body, header...); fast != status {
		t.Errorf("%s %.80s: net/http answers %d, fasthttp %d", method, target, status, fast)
	}
	return status
}

func receiveFast(r *optout.Receiver, method, target, body string, header ...string) int {
	var request fasthttp.RequestCtx
	request.Request.Header.SetMethod(method)
	request.Request.SetRequestURI("http://example.com" + target)
	request.Request.SetBodyString(body)
	if body != "" {
		request.Request.Header.SetContentType(contentType(body))
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Request.Header.Set(header[i], header[i+1])
	}
	request.Init2(nil, nil, true)
	r.ServeFastHTTP(&request)
	return request.Response.StatusCode()
}

func receiveHTTP(t testing.TB, r *optout.Receiver, method, target, body string, header ...string) int {
	t.Helper()
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", contentType(body))
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	if w.Body.Len() > 0 {
		t.Errorf("a body: %s", w.Body)
	}
	return w.Code
}

// contentType returns the content type of a form, multipart if it looks like that.
func contentType(body string) string {
	if strings.HasPrefix(body, "--") {
		return "multipart/form-data; boundary=b"
	}
	return "application/x-www-form-urlencoded"
}

// raw33 is a raw UID of version 4, as it is and as its opt-out is announced. Its base64 has all the
// characters that need care.
const (
	raw33     = "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
	announced = "IA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
	raw32     = "ywsvDNINiZOVSsfkHpLpSJzXzhr6Jx9Z/4Q0+lsEUvM="
)

func decoded(t testing.TB, text string) codec.RawUID {
	t.Helper()
	uid, err := codec.DecodeRawUID(text)
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

// TestWaysToWriteAnOptOut: GET and POST, either alphabet, with and without padding, with a + that
// wasn't encoded.
func TestWaysToWriteAnOptOut(t *testing.T) {
	urlSafe := strings.NewReplacer("+", "-", "/", "_").Replace
	for _, c := range []struct{ method, target, body, uid string }{
		{"GET", "/optout?uid2=" + url.QueryEscape(raw32) + "&timestamp=1700000000", "", raw32},
		{"GET", "/?action=dooptout&uid2=ywsvDNINiZOVSsfkHpLpSJzXzhr6Jx9Z%2F4Q0%2BlsEUvM%3D&timestamp=1700000000", "", raw32},
		{"POST", "/?uid2=" + url.QueryEscape(announced) + "&timestamp=1700000000", "", raw33},
		{"POST", "/", "uid2=" + url.QueryEscape(raw33) + "&timestamp=1700000000", raw33},
		{"POST", "/?timestamp=1700000000", "uid2=" + url.QueryEscape(raw32), raw32},
		{"POST", "/?x=%zz&timestamp=1700000000", "uid2=" + url.QueryEscape(raw32), raw32},             // an invalid escape in the URL
		{"POST", "/?uid2=%zz", "uid2=" + url.QueryEscape(raw32) + "&timestamp=1700000000&x=%", raw32}, // and in the body
		{"POST", "/?uid2=", "timestamp=1700000000&uid2=" + url.QueryEscape(raw32) + "&x=" + strings.Repeat("y", 1<<20), raw32},
		{"POST", "/?timestamp=1700000000", "--b\r\nContent-Disposition: form-data; name=\"uid2\"\r\n\r\n" + raw32 + "\r\n--b--\r\n", raw32},
		{"GET", "/?uid2=" + raw32 + "&timestamp=1700000000", "", raw32}, // the + isn't encoded
		{"GET", "/?uid2=" + urlSafe(raw32) + "&timestamp=1700000000", "", raw32},
		{"GET", "/?uid2=" + strings.TrimRight(urlSafe(raw32), "=") + "&timestamp=1700000000", "", raw32},
		{"GET", "/?uid2=" + urlSafe(announced) + "&timestamp=1700000000000", "", raw33}, // milliseconds
	} {
		for server, send := range map[string]func(r *optout.Receiver) int{
			"net/http": func(r *optout.Receiver) int { return receiveHTTP(t, r, c.method, c.target, c.body) },
			"fasthttp": func(r *optout.Receiver) int { return receiveFast(r, c.method, c.target, c.body) },
		} {
			s := open(t, path(t))
			if status := send(newReceiver(t, s)); status != 200 {
				t.Errorf("%s: %s %s: %d", server, c.method, c.target, status)
			}
			if o := s.OptOut(decoded(t, c.uid)); o.State != bidstream.OptedOut || o.SinceMs != 1_700_000_000_000 {
				t.Errorf("%s: %s %s: %v since %d", server, c.method, c.target, o.State, o.SinceMs)
			}
		}
	}
}

// TestTimes: the opt-out is recorded with any time, valid or not.
func TestTimes(t *testing.T) {
	now := time.Now()
	for text, want := range map[string]int64{"": now.UnixMilli(), "-5": now.UnixMilli(), "0": now.UnixMilli(), "soon": now.UnixMilli(), "99999999999999999999": now.UnixMilli(),
		"9999999999": now.UnixMilli(), "4102444800000": now.UnixMilli(), "1": 1000, "1500000000": 1_500_000_000_000} {
		log, err := optout.OpenFile(path(t))
		if err != nil {
			t.Fatal(err)
		}
		s := optout.Open(log, optout.WithNow(func() time.Time { return now }))
		if status := receive(t, newReceiver(t, s), "GET", "/?uid2="+url.QueryEscape(raw32)+"&timestamp="+url.QueryEscape(text), ""); status != 200 {
			t.Errorf("%q: %d", text, status)
		}
		if o := s.OptOut(decoded(t, raw32)); o.State != bidstream.OptedOut || o.SinceMs != want/1000*1000 {
			t.Errorf("%q: since %d, want %d", text, o.SinceMs, want)
		}
		s.Close()
	}
}

// TestWhatIsNoOptOut: sentinels count as a heartbeat, and junk is quarantined; both are answered
// 200, or the feed would stop.
func TestWhatIsNoOptOut(t *testing.T) {
	s := open(t, path(t))
	r := newReceiver(t, s)
	junk := []string{"", "canary", raw32[:40], strings.Repeat("A", 64), strings.Repeat("junk", 5000), "%%identity%%", raw32 + raw32}
	for _, id := range append(junk, strings.Repeat("A", 43)+"=", strings.Repeat("/", 42)+"8=") {
		if status := receive(t, r, "GET", "/?uid2="+url.QueryEscape(id), ""); status != 200 {
			t.Errorf("%.20q: %d", id, status)
		}
	}
	for _, target := range []string{"/", "/?UID2=" + raw32, "/?uid2=%zz", "/?uid2=" + raw32 + "%"} {
		if status := receive(t, r, "GET", target, ""); status != 200 {
			t.Errorf("%s: %d", target, status)
		}
	}
	if status := receive(t, r, "POST", "/", "x="+strings.Repeat("y", 1<<20)); status != 200 {
		t.Errorf("a long body: %d", status)
	}
	stats := r.Stats()
	if stats.Sentinels != 4 || time.Since(stats.Heartbeat) > time.Minute || stats.Quarantined != uint64(2*(len(junk)+5)) || s.Stats().Users != 0 {
		t.Errorf("%+v, %d users", stats, s.Stats().Users)
	}
}

// quarantineLog records what is quarantined, and counts the entries.
type quarantineLog struct {
	memoryLog
	mu       sync.Mutex
	what     []string
	received []optout.Entry
}

func (l *quarantineLog) Quarantine(_ context.Context, what []byte, _ int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.what = append(l.what, string(what))
	return nil
}

func (l *quarantineLog) Append(_ context.Context, e optout.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.received = append(l.received, e)
	return nil
}

// TestQuarantine: a request without a raw UID is kept as it was sent, and truncated if it is long.
func TestQuarantine(t *testing.T) {
	log := new(quarantineLog)
	s := optout.Open(log)
	defer s.Close()
	r := newReceiver(t, s)
	long := "id=" + strings.Repeat("y", 50_000)
	const most = 16 << 10
	for _, c := range []struct{ method, target, body, want string }{
		{"GET", "/?uid2=canary&x=1", "", "uid2=canary&x=1"},
		{"GET", "/?uid2=&x=%zz;", "", "uid2=&x=%zz;"},
		{"GET", "/?uid2=%zz", "", "uid2=%zz"},
		{"POST", "/?uid2=canary&x=1", "y=2", "uid2=canary&x=1\ny=2"},
		{"GET", "/?UID2=" + raw32, "", "UID2=" + raw32},
		{"GET", "/", "", ""},
		{"GET", "/?" + long, "", long[:most]},
		{"POST", "/?" + long, "", long[:most]},
		{"POST", "/?x=1", "uid2=%", "x=1\nuid2=%"},
		{"POST", "/", long, long[:most]},
		{"POST", "/", "--b\r\nnonsense", "--b\r\nnonsense"},
	} {
		log.what = nil
		if status := receive(t, r, c.method, c.target, c.body); status != 200 || !slices.Equal(log.what, []string{c.want, c.want}) {
			t.Errorf("%s %.40q %.40q: %d, %.100q", c.method, c.target, c.body, status, log.what)
		}
	}
	if len(log.received) > 0 {
		t.Errorf("%d opt-outs", len(log.received))
	}
}

// TestBrokenBody: a body that doesn't arrive completely may have had an opt-out, so the service
// must send it again.
func TestBrokenBody(t *testing.T) {
	log := new(quarantineLog)
	s := optout.Open(log)
	defer s.Close()
	r := newReceiver(t, s)
	broken := func() io.Reader {
		return io.MultiReader(strings.NewReader("timestamp=17"), iotest.ErrReader(errors.New("connection reset")))
	}
	request := httptest.NewRequest("POST", "/", broken())
	request.Header.Set("Content-Type", contentType(""))
	w := httptest.NewRecorder()
	if r.ServeHTTP(w, request); w.Code != 503 {
		t.Errorf("net/http: %d", w.Code)
	}
	var fast fasthttp.RequestCtx
	fast.Request.Header.SetMethod("POST")
	fast.Request.Header.SetContentType(contentType(""))
	fast.Request.SetBodyStream(broken(), -1)
	fast.Init2(nil, nil, true)
	if r.ServeFastHTTP(&fast); fast.Response.StatusCode() != 503 {
		t.Errorf("fasthttp: %d", fast.Response.StatusCode())
	}
	if len(log.what)+len(log.received) > 0 {
		t.Errorf("%q, %v", log.what, log.received)
	}
}

// TestRepeatsWithoutTime: repetitions of an opt-out make one entry, even if its time is invalid or
// in the future.
func TestRepeatsWithoutTime(t *testing.T) {
	for _, timestamp := range []string{"", "soon", "-5", "4102444800"} {
		now, log := time.Now(), new(quarantineLog)
		s := optout.Open(log, optout.WithNow(func() time.Time { now = now.Add(time.Minute); return now }))
		if err := s.WaitSynced(context.Background()); err != nil {
			t.Fatal(err)
		}
		r := newReceiver(t, s)
		for range 10 {
			if status := receive(t, r, "GET", "/?uid2="+url.QueryEscape(raw32)+"&timestamp="+timestamp, ""); status != 200 {
				t.Errorf("%q: %d", timestamp, status)
			}
		}
		if len(log.received) != 1 || log.received[0].SinceMs != log.received[0].ReceivedMs || log.received[0].SinceMs == 0 {
			t.Errorf("%q: %d entries: %v", timestamp, len(log.received), log.received)
		}
		s.Close()
	}
}

func TestAuthorization(t *testing.T) {
	target := "/?uid2=" + url.QueryEscape(raw32)
	for _, c := range []struct {
		option optout.ReceiverOption
		header []string
		want   int
	}{
		{optout.WithBearer("secret"), []string{"Authorization", "Bearer secret"}, 200},
		{optout.WithBearer("secret"), []string{"Authorization", "Bearer Secret"}, 401},
		{optout.WithBearer("secret"), []string{"Authorization", "secret"}, 401},
		{optout.WithBearer("secret"), nil, 401},
		{optout.WithSharedHeader("X-Shared", "secret"), []string{"x-shared", "secret"}, 200},
		{optout.WithSharedHeader("X-Shared", "secret"), []string{"Authorization", "Bearer secret"}, 401},
		{optout.WithoutAuthentication(), nil, 200},
	} {
		s := open(t, path(t))
		r := newReceiver(t, s, c.option)
		if status := receive(t, r, "GET", target, "", c.header...); status != c.want {
			t.Errorf("%v: %d, want %d", c.header, status, c.want)
		}
		if known := s.OptOut(decoded(t, raw32)).State == bidstream.OptedOut; known != (c.want == 200) || (r.Stats().Refused == 2) != (c.want == 401) {
			t.Errorf("%v: known %v, %+v", c.header, known, r.Stats())
		}
	}
	r := newReceiver(t, open(t, path(t)))
	for _, method := range []string{"PUT", "DELETE", "HEAD", "OPTIONS"} {
		if status := receive(t, r, method, target, ""); status != 405 {
			t.Errorf("%s: %d", method, status)
		}
	}
}

// brokenLog is a log on a full disk.
type brokenLog struct{ optout.Log }

var errFull = errors.New("no space left on device")

func (brokenLog) Append(context.Context, optout.Entry) error                             { return errFull }
func (brokenLog) Quarantine(context.Context, []byte, int64) error                        { return errFull }
func (brokenLog) Replay(context.Context, uint64, func(uint64, optout.Entry) error) error { return nil }
func (brokenLog) Close() error                                                           { return nil }

// TestFullDisk: what isn't durable is answered 503, and isn't known to the store.
func TestFullDisk(t *testing.T) {
	s := optout.Open(brokenLog{})
	defer s.Close()
	if err := s.WaitSynced(context.Background()); err != nil {
		t.Fatal(err)
	}
	r := newReceiver(t, s)
	for _, id := range []string{raw32, "junk"} {
		if status := receive(t, r, "GET", "/?uid2="+url.QueryEscape(id), ""); status != 503 {
			t.Errorf("%s: %d", id, status)
		}
	}
	if o := s.OptOut(decoded(t, raw32)); o.State != bidstream.NotOptedOut || s.Stats().Failures != 2 {
		t.Errorf("%v, %+v", o.State, s.Stats())
	}
}

// TestFeed uses the local operator's own webhook, with users of all kinds; all must be known in the
// end.
func TestFeed(t *testing.T) {
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		s := open(t, path(t))
		receiver := httptest.NewServer(newReceiver(t, s, optout.WithBearer("t0ken")))
		defer receiver.Close()
		operator := uid2test.NewServer(uid2test.WithRawUIDVersion(version), uid2test.WithEnvironment(codec.EnvironmentProduction))
		defer operator.Close()
		feed := operator.AddWebhook(uid2test.Webhook{URL: receiver.URL, Query: []string{"uid2=${ADVERTISING_ID}", "timestamp=${OPTOUT_EPOCH}"}, Header: []string{"Authorization: Bearer t0ken"}})
		out, in := uid2test.TokenSpec{Email: "out@example.com"}, uid2test.TokenSpec{Email: "in@example.com"}
		at := time.Now().Add(-time.Hour)
		operator.OptOutUser(out, at)
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := feed.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		if o := s.OptOut(operator.RawUID(out)); o.State != bidstream.OptedOut || o.SinceMs != at.Truncate(time.Second).UnixMilli() {
			t.Errorf("version %d: %v since %d", version, o.State, o.SinceMs)
		}
		if o := s.OptOut(operator.RawUID(in)); o.State != bidstream.NotOptedOut {
			t.Errorf("version %d: somebody else is %v", version, o.State)
		}
	}
}

func FuzzReceiver(f *testing.F) {
	for _, query := range []string{"uid2=" + url.QueryEscape(raw32) + "&timestamp=1", "uid2=" + raw33, "uid2=%%identity%%", "", "uid2=" + strings.Repeat("A", 43) + "%3D"} {
		f.Add(query, true)
	}
	s := optout.Open(memoryLog{})
	f.Cleanup(func() { s.Close() })
	r := newReceiver(f, s)
	f.Fuzz(func(t *testing.T, query string, post bool) {
		request := httptest.NewRequest("GET", "/", nil)
		request.URL.RawQuery = query
		if post {
			request = httptest.NewRequest("POST", "/", strings.NewReader(query))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, request)
		if w.Code != 200 {
			t.Errorf("%q: %d", query, w.Code)
		}
	})
}

// memoryLog stores nothing.
type memoryLog struct{}

func (memoryLog) Append(context.Context, optout.Entry) error                             { return nil }
func (memoryLog) Quarantine(context.Context, []byte, int64) error                        { return nil }
func (memoryLog) Replay(context.Context, uint64, func(uint64, optout.Entry) error) error { return nil }
func (memoryLog) Close() error                                                           { return nil }

// fullFor is a log that stores nothing, and fails for one user.
type fullFor struct {
	memoryLog
	uid codec.RawUID
}

func (l *fullFor) Append(_ context.Context, e optout.Entry) error {
	if e.UID == l.uid {
		return errFull
	}
	return nil
}

// receiveRaw sends a request with an unmodified query.
func receiveRaw(t testing.TB, r *optout.Receiver, method, query, body string) int {
	t.Helper()
	request := httptest.NewRequest(method, "/", strings.NewReader(body))
	request.URL.RawQuery = query
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	return w.Code
}
