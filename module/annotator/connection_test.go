package annotator_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// between passes requests on to an operator, whatever host they name, and counts them.
func between(t *testing.T, server *uid2test.Server, passed *atomic.Int64) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequestWithContext(r.Context(), r.Method, server.URL+r.URL.Path, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		request.Header = r.Header.Clone()
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return // the test has ended
		}
		defer answer.Body.Close()
		passed.Add(1)
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	})
}

// Keys come through the proxy that the configuration names, whatever the environment says, and from
// an operator whose certificate only its CA file knows.
func TestProxyAndCAFile(t *testing.T) {
	server := startServer(t)
	client := server.Client()
	section := func(address, more string) string {
		return fmt.Sprintf(`{"uid2":{"base_url":%q,"allow_http":true,"api_key":%q,"client_secret":%q,%s}}`, address, client.APIKey, client.ClientSecret, more)
	}
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")

	var passed atomic.Int64
	proxy := httptest.NewServer(between(t, server, &passed))
	defer proxy.Close()
	waitForKeys(t, start(t, section("http://operator.invalid", fmt.Sprintf(`"proxy":%q`, proxy.URL))), codec.ScopeUID2)
	if passed.Load() == 0 {
		t.Error("keys came, but not through the proxy")
	}

	front := httptest.NewTLSServer(between(t, server, &passed))
	defer front.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	waitForKeys(t, start(t, section(front.URL, fmt.Sprintf(`"ca_file":%q`, file))), codec.ScopeUID2)
}
