package page_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// inspector answers with the length of the text, or panics.
type inspector struct{}

func (inspector) Inspect(input inspect.Input) inspect.Report {
	if input.Text == "panic" {
		panic(input.Text)
	}
	return inspect.Report{Kind: inspect.KindUnknown, NowMs: int64(len(input.Text))}
}

// auctions has so many auctions, and no more.
type auctions int64

func (a auctions) Watch(ctx context.Context, after int64, each func(page.Auction) error) error {
	for number := after + 1; number <= int64(a); number++ {
		if err := each(page.Auction{Number: number, Name: strings.Repeat("x", 1000)}); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (auctions) Auction(number int64, reveal bool) (page.AuctionDetail, error) {
	if number != 1 {
		return page.AuctionDetail{}, page.ErrGone
	}
	detail := page.AuctionDetail{Incoming: "masked"}
	if reveal {
		detail.Incoming = "revealed"
	}
	return detail, nil
}

func (auctions) Samples() []page.Sample { return nil }

func (auctions) Play(context.Context, page.PlayRequest) (page.PlayResult, error) {
	return page.PlayResult{}, errors.New("not here")
}

const token = "0123456789abcdef"

func handler(t *testing.T, config page.Config) http.Handler {
	t.Helper()
	config.Inspector = inspector{}
	h, err := page.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends one request; headers come in pairs.
func ask(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	h := handler(t, page.Config{Auctions: auctions(1)})
	long := `{"text":"` + strings.Repeat("a", inspect.MaxInput+1) + `"}`
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		holds                    string
	}{
		{"the page", "GET", "/", "", nil, 200, "app.js"},
		{"a link from another site", "GET", "/", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200, "app.js"},
		{"another page", "GET", "/other", "", nil, 404, ""},
		{"an old asset", "GET", "/assets/old/app.js", "", nil, 404, "reload"},
		{"sections", "GET", "/api/config", "", nil, 200, `"auctions":true,"state":false`},
		{"a section that isn't there", "GET", "/api/state", "", nil, 404, ""},
		{"a text", "POST", "/api/inspect", `{"text":"abc"}`, nil, 200, `"now_ms":3`},
		{"garbage", "POST", "/api/inspect", `{"text":`, nil, 400, "JSON"},
		{"nothing", "POST", "/api/inspect", "", nil, 400, "JSON"},
		{"two values", "POST", "/api/inspect", `{"text":"a"}{}`, nil, 400, "JSON"},
		{"an unknown key", "POST", "/api/inspect", `{"txet":"a"}`, nil, 400, "JSON"},
		{"a text that is too long", "POST", "/api/inspect", long, nil, 413, "too long"},
		{"a body that is too long", "POST", "/api/inspect", long + strings.Repeat(" ", 2*inspect.MaxInput), nil, 413, "too long"},
		{"a panic", "POST", "/api/inspect", `{"text":"panic"}`, nil, 500, "fault"},
		{"an auction", "GET", "/api/auctions/1", "", nil, 200, "masked"},
		{"revealed", "POST", "/api/auctions/1/reveal", "{}", nil, 200, "revealed"},
		{"an auction that is gone", "GET", "/api/auctions/2", "", nil, 410, "no longer kept"},
		{"too many times", "POST", "/api/play", `{"sample":"a","times":1001}`, nil, 400, "1000"},
		{"neither sample nor request", "POST", "/api/play", `{}`, nil, 400, "sample"},
		{"another name", "GET", "/api/config", "", []string{"Host", "evil.example:8080"}, 421, "name"},
		{"an address that isn't loopback", "GET", "/api/config", "", []string{"Host", "192.0.2.1:8080"}, 421, "name"},
		{"localhost", "GET", "/api/config", "", []string{"Host", "localhost:8080"}, 200, ""},
		{"IPv6", "GET", "/api/config", "", []string{"Host", "[::1]:8080"}, 200, ""},
		{"a read by another site", "GET", "/api/config", "", []string{"Sec-Fetch-Site", "same-site"}, 403, "Another site"},
		{"a write by another site", "POST", "/api/inspect", `{"text":"abc"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, "Another site"},
		{"a write by another origin", "POST", "/api/inspect", `{"text":"abc"}`, []string{"Origin", "http://127.0.0.1:9"}, 403, "Another site"},
	} {
		w := ask(h, test.method, test.path, test.body, test.headers...)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.holds) {
			t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
			t.Errorf("%s: policy %q", test.name, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s: %q", test.name, name, got)
			}
		}
	}
}

func TestToken(t *testing.T) {
	if _, err := page.New(page.Config{Inspector: inspector{}, Token: "short"}); err == nil {
		t.Error("a short token was taken")
	}
	h := handler(t, page.Config{Token: token})
	if w := ask(h, "GET", "/", ""); !strings.Contains(w.Body.String(), "needs its token") {
		t.Errorf("the page without the token: %s", w.Body)
	}
	if w := ask(h, "GET", "/api/config", "", "Authorization", "Bearer "+token[1:]); w.Code != 401 {
		t.Errorf("a wrong token: %d", w.Code)
	}
	if w := ask(h, "GET", "/api/config?token="+token, ""); w.Code != 401 {
		t.Errorf("the token in a URL: %d", w.Code)
	}
	if w := ask(h, "GET", "/api/config", "", "Authorization", "Bearer "+token, "Host", "192.0.2.1:8080"); w.Code != 200 {
		t.Errorf("the token: %d", w.Code)
	}
	if w := ask(h, "POST", "/api/login", `{"token":"wrong"}`); w.Code != 403 || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("a wrong login: %d", w.Code)
	}
	w := ask(h, "POST", "/api/login", `{"token":"`+token+`"}`)
	cookie := w.Header().Get("Set-Cookie")
	if w.Code != 204 || !strings.Contains(cookie, "HttpOnly; SameSite=Strict") || strings.Contains(cookie, token) {
		t.Errorf("login: %d %q", w.Code, cookie)
	}
	pair, _, _ := strings.Cut(cookie, ";")
	if w := ask(h, "GET", "/api/config", "", "Cookie", pair); w.Code != 200 {
		t.Errorf("the cookie: %d", w.Code)
	}
}

// events reads a stream until it has so many ids.
func events(t *testing.T, h http.Handler, count int, lastID string) (ids []string) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/auctions/events", nil)
	r.Header.Set("Last-Event-ID", lastID)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); len(ids) < count && lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestEventsResume(t *testing.T) {
	h := handler(t, page.Config{Auctions: auctions(5)})
	all := events(t, h, 5, "")
	if len(all) != 5 || !strings.HasSuffix(all[4], ".5") {
		t.Fatalf("all: %q", all)
	}
	if rest := events(t, h, 2, all[2]); len(rest) != 2 || rest[0] != all[3] {
		t.Errorf("after the third: %q", rest)
	}
	if again := events(t, h, 1, "another.3"); again[0] != all[0] {
		t.Errorf("after another process: %q", again)
	}
}

// stuck is a reader who takes so many writes, and then fails, as one does whose time is over.
type stuck struct {
	*httptest.ResponseRecorder
	writes int
}

func (s *stuck) Write(p []byte) (int, error) {
	if s.writes--; s.writes < 0 {
		return 0, io.ErrClosedPipe
	}
	return s.ResponseRecorder.Write(p)
}

// TestSlowReader: a reader who is too slow is dropped, and the host isn't kept waiting.
func TestSlowReader(t *testing.T) {
	h := handler(t, page.Config{Auctions: auctions(1 << 40)})
	h.ServeHTTP(&stuck{httptest.NewRecorder(), 10}, httptest.NewRequest("GET", "http://127.0.0.1/api/auctions/events", nil))
}

func TestServeNeedsToken(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	defer server.Listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := page.Serve(ctx, server.Listener, page.Config{Inspector: inspector{}}); err != nil {
		t.Errorf("on loopback: %v", err)
	}
}
