//go:build go1.24

package annotator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// parse reads a configuration that has nothing wrong.
func parse(t testing.TB, section string) annotator.Config {
	t.Helper()
	cfg, err := annotator.ParseConfig(json.RawMessage(section))
	if err != nil {
		t.Fatalf("%s: %v", section, err)
	}
	return cfg
}

// start builds an annotator that ends with the test.
func start(t testing.TB, section string, opts ...annotator.Option) *annotator.Annotator {
	t.Helper()
	a, err := annotator.New(parse(t, section), opts...)
	if err != nil {
		t.Fatalf("%s: %v", section, err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// newAnnotator builds one with the keys of a local operator, for the bidder dsp if settings list no other.
func newAnnotator(t testing.TB, server *uid2test.Server, settings string) *annotator.Annotator {
	t.Helper()
	if !strings.Contains(settings, `"bidders":`) {
		settings += `,"bidders":[{"name":"dsp"}]`
	}
	a := start(t, `{"uid2":`+operatorOf(server, "")+settings+`}`, annotator.WithOptOuts(new(bidstream.MemoryOptOuts)))
	waitForKeys(t, a, codec.ScopeUID2)
	return a
}

// startServer starts a local operator that ends with the test.
func startServer(t testing.TB, opts ...uid2test.Option) *uid2test.Server {
	t.Helper()
	server := uid2test.NewServer(opts...)
	t.Cleanup(server.Close)
	return server
}

// operatorOf is the section of a local operator, with more settings.
func operatorOf(server *uid2test.Server, more string) string {
	client := server.Client()
	return fmt.Sprintf(`{"base_url":%q,"api_key":%q,"client_secret":%q%s}`, server.URL, client.APIKey, client.ClientSecret, more)
}

// waitForKeys waits until an annotator has the keys of some scopes.
func waitForKeys(t testing.TB, a *annotator.Annotator, scopes ...codec.Scope) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, scope := range scopes {
		if err := a.Keys(scope).WaitReady(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// logged returns the lines of a log that are about something, without times, with semicolons between them. Nobody may write to
// it any more.
func logged(log *bytes.Buffer, about string) string {
	var lines []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, about) {
			lines = append(lines, regexp.MustCompile(`^time=\S+ | took=\S+\n|\n$`).ReplaceAllString(line, ""))
		}
	}
	return strings.Join(lines, "; ")
}

// answer returns the status of the answer to a request. The connection isn't kept: a receiver that ends would wait for it.
func answer(t *testing.T, request *http.Request) int {
	t.Helper()
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
