package main

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestRefreshWithoutCredentials: refreshing needs no API key, and other commands do.
func TestRefreshWithoutCredentials(t *testing.T) {
	local(t)
	identity := ok(t, "", "generate", "-email", "user@example.com")
	t.Setenv("UID2_API_KEY", "")
	t.Setenv("UID2_CLIENT_SECRET", "")
	next := ok(t, identity, "refresh")
	if next == identity || decode(t, next)[0]["refresh_token"] == nil {
		t.Error("not refreshed")
	}
	if r := uid2(t, "", "generate", "-email", "user@example.com"); r.code != exitUsage || !strings.Contains(r.err, "-api-key: it is missing") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	t.Setenv("UID2_BASE_URL", "")
	if r := uid2(t, identity, "refresh"); r.code != exitUsage || !strings.Contains(r.err, "-base-url") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// TestRefusedRefresh: the error says that the identity is gone, and doesn't question the base URL.
func TestRefusedRefresh(t *testing.T) {
	s := local(t)
	identity := ok(t, "", "generate", "-email", "user@example.com")
	for says, fault := range map[string]uid2test.Fault{
		"Invalid key: Generator of this token": {Status: 400, Body: []byte(`{"status":"client_error","message":"Invalid key: Generator of this token (Key ID: 7) does not exist."}`)},
		"refresh_response_key":                 {WrongSecret: true},
	} {
		s.Fail(fault)
		r := uid2(t, identity, "refresh")
		s.Heal()
		if r.code != exitNoToken || r.out != "" || !strings.Contains(r.err, says) || !strings.Contains(r.err, "what to do: delete the identity") || strings.Contains(r.err, "URL") {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
	}
}

// TestRefusedRequests: if the operator says what is missing, that is shown, and the base URL isn't
// questioned.
func TestRefusedRequests(t *testing.T) {
	s := local(t)
	s.Fail(uid2test.Fault{Status: 400, Body: []byte(`{"status":"client_error","message":"Request payload is too large (canary)"}`)})
	if r := uid2(t, "", "keys"); r.code != exitFailure || !strings.Contains(r.err, "Request payload is too large") || strings.Contains(r.err, "URL") || strings.Contains(r.err, "canary") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// TestConsentOfTCF1: the consent string isn't sent.
func TestConsentOfTCF1(t *testing.T) {
	s := local(t)
	r := uid2(t, "", "generate", "-email", "user@example.com", "-tcf", "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA")
	if r.code != exitInput || !strings.Contains(r.err, "TCF 1") || s.Requests(uid2test.PathGenerate) != 0 {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// TestProxyFlag uses a proxy to reach an operator whose name only the proxy knows.
func TestProxyFlag(t *testing.T) {
	s := local(t)
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer, err := http.Post(s.URL+r.URL.Path, r.Header.Get("Content-Type"), r.Body)
		if r.Header.Get("Proxy-Authorization") == "" || r.URL.Host != "operator.invalid" || err != nil {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		defer answer.Body.Close()
		io.Copy(w, answer.Body)
	}))
	defer proxy.Close()
	identity := ok(t, "", "generate", "-email", "user@example.com")
	args := []string{"refresh", "-base-url", "http://operator.invalid", "-proxy"}
	if next := ok(t, identity, append(args, strings.Replace(proxy.URL, "http://", "http://user:canary@", 1))...); next == identity || asked.Load() != 1 {
		t.Errorf("%d requests", asked.Load())
	}
	if r := uid2(t, identity, append(args, proxy.URL)...); r.code != exitUnavailable || !strings.Contains(r.err, "the proxy wants a user") || asked.Load() != 2 {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	for _, wrong := range []string{"canary", "ftp://canary", "http://user:canary@%zz"} {
		if r := uid2(t, identity, append(args, wrong)...); r.code != exitUsage || strings.Contains(r.err, "canary") {
			t.Errorf("%s: exit code %d: %s", wrong, r.code, r.err)
		}
	}
	t.Setenv("UID2_PROXY", proxy.URL)
	if ok(t, identity, "refresh", "-proxy", "none"); asked.Load() != 2 {
		t.Error("a proxy was asked though there is none")
	}
}

// TestCAFile trusts a certificate that the system doesn't.
func TestCAFile(t *testing.T) {
	s := local(t)
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := http.Post(s.URL+r.URL.Path, r.Header.Get("Content-Type"), r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		io.Copy(w, answer.Body)
	}))
	defer front.Close()
	identity := ok(t, "", "generate", "-email", "user@example.com")
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}))
	ok(t, identity, "refresh", "-base-url", front.URL, "-ca-file", write(t, certificate))
	for file, code := range map[string]int{"": exitUnavailable, write(t, "no certificate"): exitUsage, "no such file": exitUsage} {
		if r := uid2(t, identity, "refresh", "-base-url", front.URL, "-ca-file", file); r.code != code {
			t.Errorf("%q: exit code %d, want %d: %s", file, r.code, code, r.err)
		}
	}
}
