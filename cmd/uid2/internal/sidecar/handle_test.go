package sidecar

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// world is a served bidder, and what makes tokens for it.
type world struct {
	operator *uid2test.Server
	optOuts  *bidstream.MemoryOptOuts
	server   *Server
	addr     string // of a Unix socket
	stop     func() error
	client   *http.Client
}

func defaults() Config {
	return Config{MaxBody: 1 << 20, Connections: 16, Drain: time.Minute}
}

// serve starts a server, after options have changed it.
func serve(t testing.TB, cfg Config, options ...func(*Server)) *world {
	t.Helper()
	w := &world{operator: uid2test.NewUnstartedServer(), optOuts: new(bidstream.MemoryOptOuts), addr: filepath.Join(t.TempDir(), "s")}
	listener, err := net.Listen("unix", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	w.server = New(w.bidder(t), listener, cfg)
	for _, option := range options {
		option(w.server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Run(ctx) }()
	w.stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	dial := func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", w.addr) }
	w.client = &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: time.Minute}
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// bidder has the operator's keys.
func (w *world) bidder(t testing.TB) *bidder.Bidder {
	t.Helper()
	keys, err := keyset.Parse(w.operator.KeyAnswer(w.operator.Client(), uid2test.PathBidstream))
	if err != nil {
		t.Fatal(err)
	}
	decrypter, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(keys)), bidstream.WithOptOuts(w.optOuts))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bidder.New(decrypter, bidder.Annotate)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// token makes one, and returns the raw UID in it, too.
func (w *world) token(email string) (token, rawUID string) {
	spec := uid2test.TokenSpec{Email: email}
	return w.operator.Token(spec), w.operator.RawUID(spec).Reveal()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// post sends a body, with headers in pairs.
func (w *world) post(t testing.TB, path, body string, headers ...string) answer {
	t.Helper()
	return w.send(t, http.MethodPost, path, body, headers...)
}

func (w *world) send(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequest(method, "http://sidecar"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

func zipped(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func requestWith(token string) string {
	return fmt.Sprintf(`{"id":"1","user":{"eids":[{"source":"uidapi.com","uids":[{"id":"%s"}]}]}}`, token)
}

// TestAnnotate: a request comes back annotated, zipped or not, large or small, and whoever opted
// out has no raw UID.
func TestAnnotate(t *testing.T) {
	w := serve(t, defaults())
	token, raw := w.token("user@example.com")
	small := requestWith(token)
	large := `{"pad":"` + strings.Repeat("x", 100_000) + `",` + small[1:]
	for name, request := range map[string]string{"small": small, "large": large} {
		for _, got := range []answer{w.post(t, "/annotate", request), w.post(t, "/annotate", zipped(t, request), "Content-Encoding", "gzip")} {
			if got.status != 200 || !strings.Contains(got.body, `"raw":"`+raw+`"`) || !json.Valid([]byte(got.body)) {
				t.Errorf("%s: %d", name, got.status)
			}
			if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %v", name, got.header)
			}
		}
	}
	uid, _ := codec.DecodeRawUID(raw)
	w.optOuts.Add(uid, 1)
	if got := w.post(t, "/annotate", small); got.status != 200 || strings.Contains(got.body, raw) || !strings.Contains(got.body, `"opted_out":true`) {
		t.Errorf("opted out: %d", got.status)
	}
}

// TestTokens: a verdict on each token, in order, and a raw UID only where it may be bid on.
func TestTokens(t *testing.T) {
	w := serve(t, defaults())
	token, raw := w.token("user@example.com")
	gone, goneRaw := w.token("gone@example.com")
	uid, _ := codec.DecodeRawUID(goneRaw)
	w.optOuts.Add(uid, 1)
	got := w.post(t, "/tokens", fmt.Sprintf(`{"tokens":["%s","x","%s","UID2:%[1]s"],"domain":"www.example.com","scope":"UID2"}`, token, gone))
	var verdicts struct {
		Verdicts []struct {
			Status string `json:"status"`
			RawUID string `json:"raw_uid"`
		} `json:"verdicts"`
	}
	if err := json.Unmarshal([]byte(got.body), &verdicts); err != nil || len(verdicts.Verdicts) != 4 {
		t.Fatalf("%d: %v", got.status, err)
	}
	for i, want := range []struct{ status, raw string }{{"Success", raw}, {"InvalidPayload", ""}, {"UserOptedOut", ""}, {"Success", raw}} {
		if v := verdicts.Verdicts[i]; v.Status != want.status || v.RawUID != want.raw {
			t.Errorf("verdict %d: %s", i, v.Status)
		}
	}
	if got.header.Get("Cache-Control") != "no-store" || strings.Contains(got.body, goneRaw) {
		t.Error("the answer may be kept, or has who opted out")
	}
	if one := w.post(t, "/tokens", fmt.Sprintf(`{"token":"%s"}`, token)); !strings.Contains(one.body, raw) {
		t.Errorf("one token: %d", one.status)
	}
	if euid := w.post(t, "/tokens", fmt.Sprintf(`{"token":"%s","scope":"EUID"}`, token)); strings.Contains(euid.body, raw) {
		t.Error("a UID2 is taken for an EUID")
	}
}

// TestRefused: what can't be answered has a status and a reason, which quotes nothing.
func TestRefused(t *testing.T) {
	cfg := defaults()
	cfg.MaxBody = 64 << 10
	w := serve(t, cfg)
	many := `{"tokens":[` + strings.Repeat(`"",`, MaxTokens) + `""]}`
	huge := `{"canary":"` + strings.Repeat("x", 100_000) + `"}`
	for _, c := range []struct {
		method, path, body, encoding string
		status                       int
	}{
		{"POST", "/annotate", "canary", "", 400},
		{"POST", "/annotate", "", "", 400},
		{"POST", "/annotate", `{"user":{},"User":{"canary":1}}`, "", 400},
		{"POST", "/annotate", `{"canary":{x}}`, "", 400},
		{"POST", "/annotate", huge, "", 413},
		{"POST", "/annotate", zipped(t, huge), "gzip", 413},
		{"POST", "/annotate", "canary", "gzip", 400},
		{"POST", "/annotate", "canary", "br", 415},
		{"GET", "/annotate", "", "", 405},
		{"PUT", "/tokens", "canary", "", 405},
		{"POST", "/tokens", "canary", "", 400},
		{"POST", "/tokens", "", "", 400},
		{"POST", "/tokens", `{}`, "", 400},
		{"POST", "/tokens", `{"token":"canary","tokens":[]}`, "", 400},
		{"POST", "/tokens", `{"token":"canary","token":"canary"}`, "", 400},
		{"POST", "/tokens", `{"canary":1}`, "", 400},
		{"POST", "/tokens", `{"token":1}`, "", 400},
		{"POST", "/tokens", `{"token":"canary"}{}`, "", 400},
		{"POST", "/tokens", `{"token":"canary","scope":"canary"}`, "", 400},
		{"POST", "/tokens", `{"token":"canary","app":"a","domain":"b"}`, "", 400},
		{"POST", "/tokens", many, "", 400},
		{"POST", "/tokens", huge, "", 413},
		{"POST", "/tokens", zipped(t, "{}"), "gzip", 415},
		{"POST", "/canary", "canary", "", 404},
		{"POST", "/metrics", "canary", "", 404},
		{"POST", "/readyz", "canary", "", 405},
	} {
		var headers []string
		if c.encoding != "" {
			headers = []string{"Content-Encoding", c.encoding}
		}
		got := w.send(t, c.method, c.path, c.body, headers...)
		if got.status != c.status || strings.Contains(got.body, "canary") {
			t.Errorf("%s %s %.40s: %d %s", c.method, c.path, c.body, got.status, got.body)
		}
		var said struct {
			Error string `json:"error"`
		}
		ours := c.path == "/annotate" || c.path == "/tokens"
		if err := json.Unmarshal([]byte(got.body), &said); ours && (err != nil || said.Error == "" || got.header.Get("Cache-Control") != "no-store") {
			t.Errorf("%s %s %.40s: %v %s", c.method, c.path, c.body, got.header, got.body)
		}
	}
	if got := w.send(t, "GET", "/metrics", ""); strings.Contains(got.body, "canary") || !strings.Contains(got.body, `uid2_sidecar_requests_total{endpoint="annotate",status="413"} 2`) {
		t.Error("the metrics don't count what was refused")
	}
}

// TestBearer: with a token, only who knows it is answered; health and metrics are for everybody.
func TestBearer(t *testing.T) {
	cfg := defaults()
	cfg.Tokens = []string{"another one here", "0123456789abcdef"}
	w := serve(t, cfg)
	for header, want := range map[string]int{
		"": 401, "Bearer": 401, "Bearer ": 401, "Bearer 0123456789abcdeF": 401, "Bearer 0123456789abcdef0": 401, "Basic 0123456789abcdef": 401,
		"Bearer 0123456789abcdef": 200, "bearer 0123456789abcdef": 200,
	} {
		for path, body := range map[string]string{"/annotate": "{}", "/tokens": `{"tokens":[]}`} {
			if got := w.post(t, path, body, "Authorization", header); got.status != want || (want == 401) != (got.header.Get("WWW-Authenticate") != "") {
				t.Errorf("%s, %q: %d", path, header, got.status)
			}
		}
	}
	w.server.SetTokens([]string{"fedcba9876543210"})
	for header, want := range map[string]int{"Bearer 0123456789abcdef": 401, "Bearer fedcba9876543210": 200} {
		if got := w.post(t, "/annotate", "{}", "Authorization", header); got.status != want {
			t.Errorf("after a rotation, %q: %d", header, got.status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if got := w.send(t, "GET", path, ""); got.status != 200 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// dial opens a connection with a deadline that only failing tests reach.
func (w *world) dial(t testing.TB) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("unix", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn, bufio.NewReader(conn)
}

// skipAnswer reads an answer and returns its status, or 0 if there is none.
func skipAnswer(in *bufio.Reader) (status int) {
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err != nil:
			return 0
		case len(line) == len("\r\n"):
			if n, err := in.Discard(length); err != nil || n != length {
				return 0
			}
			return status
		case status == 0:
			status, _ = strconv.Atoi(string(line[len("HTTP/1.1 "):len("HTTP/1.1 200")]))
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[len("Content-Length: "):])))
		}
	}
}
