//go:build go1.25

package bidder_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/fixtures"
)

// servers are one of each kind, whose handlers answer with what they got.
func servers(t *testing.T, cfg bidder.HandlerConfig) map[string]string {
	t.Helper()
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	std := httptest.NewServer(b.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		found, ok := bidder.FoundIn(r.Context())
		w.Header().Set("Got", fmt.Sprint(found, ok, r.ContentLength == int64(len(body)) && (len(body) == 0 || r.Header.Get("Content-Length") == fmt.Sprint(len(body))), r.Header["Content-Encoding"], r.TransferEncoding, err))
		w.Write(body)
	}), cfg))
	t.Cleanup(std.Close)
	echo := b.FastHTTPHandler(func(ctx *fasthttp.RequestCtx) {
		body := ctx.Request.Body()
		found, ok := bidder.FoundIn(ctx)
		ctx.Response.Header.Set("Got", fmt.Sprint(found, ok, max(0, ctx.Request.Header.ContentLength()) == len(body), ctx.Request.Header.PeekAll("Content-Encoding"), []string(nil), nil))
		ctx.SetBody(body)
	}, cfg)
	return map[string]string{
		"net/http": std.URL,
		"fasthttp": fastServer(t, &fasthttp.Server{Handler: echo}),
		"stream":   fastServer(t, &fasthttp.Server{Handler: echo, StreamRequestBody: true, MaxRequestBodySize: 64}),
	}
}

func fastServer(t *testing.T, server *fasthttp.Server) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Shutdown()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// post returns the answer to a body, sent in chunks if its length isn't told.
func post(t *testing.T, url, body string, chunked bool, encodings ...string) (status int, got, answer string) {
	t.Helper()
	var from io.Reader = strings.NewReader(body)
	if chunked {
		from = io.MultiReader(from)
	}
	request, err := http.NewRequest("POST", url, from)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	request.Header["Content-Encoding"] = encodings
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Got"), string(text)
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What the next handler gets, if it gets anything.
func TestHandlers(t *testing.T) {
	token := fixtures.Token("G3").Text
	request := requestWith("uidapi.com", token)
	const annotation = `{"status":"Success","raw":"AVyI5ilbBG59ck6Vicdu08AWLiFBqyxnuIeWSYB+v6c=","opted_out":false,"type":"email","version":4,"established":1765886400000,"expires":2524608000000,"site_id":7000}`
	annotated := annotatedWith("uidapi.com", token, annotation)
	large := `{"x":"` + strings.Repeat("a", 200_000) + `"}`
	const usable, none = "{1 0 0 0} true true [] [] <nil>", "{0 0 0 0} true true [] [] <nil>"
	for kind, url := range servers(t, bidder.HandlerConfig{}) {
		for _, chunked := range []bool{false, true} {
			for name, c := range map[string]struct {
				body      string
				encodings []string
				got, want string
			}{
				"plain":              {request, nil, usable, annotated},
				"identity":           {request, []string{"identity"}, usable, annotated},
				"gzip":               {gzipped(t, request), []string{"gzip"}, usable, annotated},
				"gzip in capitals":   {gzipped(t, request), []string{"GZIP"}, usable, annotated},
				"x-gzip":             {gzipped(t, request), []string{"x-gzip"}, usable, annotated},
				"gzip in two pieces": {gzipped(t, request[:50]) + gzipped(t, request[50:]), []string{"gzip"}, usable, annotated},
				"large":              {large, nil, none, large},
				"large in gzip":      {gzipped(t, large), []string{"gzip"}, none, large},
				"no user":            {`{"id":"1"}`, nil, none, `{"id":"1"}`},
				"a forgery alone": {`{"user":{"eids":[{"source":"uidapi.com","uids":[{"ext":{"uid2":{"raw":"forged"}}}]}]}}`, nil, none,
					`{"user":{"eids":[{"source":"uidapi.com","uids":[{"ext":{}}]}]}}`},
			} {
				status, got, answer := post(t, url, c.body, chunked, c.encodings...)
				if status != 200 || got != c.got || answer != c.want {
					t.Errorf("%s, %s, chunked %t: %d, %s\n got %.2000s\nwant %.2000s", kind, name, chunked, status, got, answer, c.want)
				}
			}
		}
		for _, chunked := range []bool{false, true} {
			status, got, answer := post(t, url, "", chunked)
			if status != 200 || got != "{0 0 0 0} false true [] [] <nil>" || answer != "" {
				t.Errorf("%s, no body, chunked %t: %d, %s, %s", kind, chunked, status, got, answer)
			}
		}
	}
}

// What can't be trusted is refused, with nothing of it in the answer.
func TestHandlersRefuse(t *testing.T) {
	forged := requestWith("uidapi.com", fixtures.Token("G3").Text)
	limit := len(forged) + 100
	long := `{"x":"` + strings.Repeat("a", limit) + `"}`
	whole := gzipped(t, forged)
	for kind, url := range servers(t, bidder.HandlerConfig{MaxBody: uint32(limit)}) {
		for name, c := range map[string]struct {
			body      string
			encodings []string
			status    int
		}{
			"cut off":             {forged[:len(forged)-1], nil, 400},
			"more behind it":      {forged + "{}", nil, 400},
			"ambiguous":           {`{"User":{},` + forged[1:], nil, 400},
			"no JSON elsewhere":   {`{"imp":[{1}],` + forged[1:], nil, 400},
			"no object":           {`[` + forged + `]`, nil, 400},
			"white space":         {` `, nil, 400},
			"too deep":            {strings.Repeat("[", 200), nil, 400},
			"too large":           {long, nil, 413},
			"too large in gzip":   {gzipped(t, long), []string{"gzip"}, 413},
			"another encoding":    {whole, []string{"br"}, 415},
			"encoded twice":       {gzipped(t, whole), []string{"gzip, gzip"}, 415},
			"encoded twice, more": {gzipped(t, whole), []string{"gzip", "gzip"}, 415},
			"encoded in parts":    {whole, []string{"g", "zip"}, 415},
			"gzip unsaid":         {whole, nil, 400},
			"no gzip":             {forged, []string{"gzip"}, 400},
			"gzip cut off":        {whole[:len(whole)-1], []string{"gzip"}, 400},
			"gzip and more":       {whole + "x", []string{"gzip"}, 400},
		} {
			status, got, answer := post(t, url, c.body, false, c.encodings...)
			if status != c.status || got != "" || answer == "" || len(answer) > 100 || strings.Contains(answer, "forged") || strings.Contains(answer, "user") {
				t.Errorf("%s, %s: %d, want %d, %s, %.200s", kind, name, status, c.status, got, answer)
			}
		}
		just := forged + strings.Repeat(" ", limit-len(forged))
		for _, encoded := range []struct{ body, encoding string }{{just, "identity"}, {gzipped(t, just), "gzip"}} {
			if status, _, _ := post(t, url, encoded.body, true, encoded.encoding); status != 200 {
				t.Errorf("%s, just as large as allowed, %s: %d", kind, encoded.encoding, status)
			}
		}
	}
}

// Who reads strictly gets what isn't JSON apart from the user, and refuses it.
func TestNextReadsStrictly(t *testing.T) {
	body := `{"imp":[{1}],"user":{"eids":[]}}`
	for kind, url := range servers(t, bidder.HandlerConfig{NextReadsStrictly: true}) {
		if status, _, answer := post(t, url, body, false); status != 200 || answer != body {
			t.Errorf("%s: %d, %s", kind, status, answer)
		}
		if status, _, _ := post(t, url, `{"user":{"eids":[`, false); status != 400 {
			t.Errorf("%s: %d", kind, status)
		}
	}
}

// Requests that come at the same time don't share memory, nor does a body that a handler keeps.
func TestHandlersAtOnce(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	var mu sync.Mutex
	kept := map[string]io.Reader{}
	handler := b.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		kept[r.URL.Path] = r.Body
	}), bidder.HandlerConfig{})
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", fmt.Sprintf("/%d", i), strings.NewReader(fmt.Sprintf(`{"id":"%d"}`, i))))
		})
	}
	all.Wait()
	for i := range 64 {
		if text, err := io.ReadAll(kept[fmt.Sprintf("/%d", i)]); err != nil || string(text) != fmt.Sprintf(`{"id":"%d"}`, i) {
			t.Errorf("%d: %s, %v", i, text, err)
		}
	}
}

// breaks is a body whose sender goes away.
type breaks struct{ io.Reader }

func (b breaks) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, io.ErrUnexpectedEOF
}

func TestBodyThatBreaksOff(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	answer := httptest.NewRecorder()
	handler := b.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") }), bidder.HandlerConfig{})
	handler.ServeHTTP(answer, httptest.NewRequest("POST", "/", breaks{strings.NewReader(`{"id":"1"}`)}))
	if answer.Code != 400 {
		t.Error(answer.Code)
	}
}

// No more of a body is waited for than it takes to see that it is too large.
func TestBodyWithoutEnd(t *testing.T) {
	for kind, url := range servers(t, bidder.HandlerConfig{MaxBody: 100}) {
		if kind == "fasthttp" {
			continue // its server has read the body before, up to a limit of its own
		}
		body, sender := io.Pipe()
		go sender.Write([]byte(`{"x":"` + strings.Repeat("a", 100)))
		request, err := http.NewRequest("POST", url, body)
		if err != nil {
			t.Fatal(err)
		}
		request.Close = true
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		body.Close()
		if response.StatusCode != 413 {
			t.Errorf("%s: %d", kind, response.StatusCode)
		}
	}
}

func TestMaxBody(t *testing.T) {
	const million = 1 << 20
	for maxBody, limit := range map[uint32]int{0: million, 1: 1, 2: 2, million + 1: million + 1} {
		for kind, url := range servers(t, bidder.HandlerConfig{MaxBody: maxBody}) {
			for size, want := range map[int]int{limit: 200, limit + 1: 413} {
				if limit == 1 {
					want = max(want, 400) // no body of one byte is a request
				}
				if status, _, _ := post(t, url, "{"+strings.Repeat(" ", max(0, size-2))+strings.Repeat("}", min(1, size-1)), false); status != want {
					t.Errorf("%s, at most %d, %d bytes: %d, want %d", kind, maxBody, size, status, want)
				}
			}
		}
	}
}

// A request without a body has no encoding that matters, and whoever called the handler keeps its
// request as it was.
func TestRequestsAroundTheHandler(t *testing.T) {
	b := newBidder(t, decrypter(t, nobodyOptedOut), bidder.Annotate)
	called := 0
	handler := b.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called++
		r.Header.Set("X", "y")
	}), bidder.HandlerConfig{})
	for _, body := range []io.Reader{nil, http.NoBody, strings.NewReader(gzipped(t, `{}`))} {
		request, err := http.NewRequest("POST", "/", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Encoding", "gzip")
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, request); answer.Code != 200 {
			t.Errorf("%v: %d", body, answer.Code)
		}
		if hasBody := body != nil && body != http.NoBody; hasBody && (request.Header.Get("X") != "" || request.Header.Get("Content-Encoding") != "gzip") {
			t.Errorf("%v", request.Header)
		}
	}
	if called != 3 {
		t.Error(called)
	}
	var ctx fasthttp.RequestCtx
	ctx.Request.Header.Set("Content-Encoding", "gzip")
	b.FastHTTPHandler(func(*fasthttp.RequestCtx) { called++ }, bidder.HandlerConfig{})(&ctx)
	if _, ok := bidder.FoundIn(&ctx); called != 4 || ok {
		t.Error(called, ok)
	}
}
