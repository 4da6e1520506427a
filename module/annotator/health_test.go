package annotator_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Without a store nobody gets a raw UID, which is worth knowing, unless the configuration wants them sent all the same.
func TestReadyz(t *testing.T) {
	server := startServer(t)
	for settings, want := range map[string]string{
		``:                                    `{"status":"ready","reasons":[],"warnings":[{"code":"opt_outs_unknown",`,
		`,"opt_outs":{"when_unknown":"send"}`: `{"status":"ready","reasons":[],"warnings":[]}`,
	} {
		a := start(t, `{"uid2":`+operatorOf(server, "")+settings+`}`)
		waitForKeys(t, a, codec.ScopeUID2)
		answer := httptest.NewRecorder()
		a.HealthHandler().ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
		if answer.Code != 200 || !strings.HasPrefix(answer.Body.String(), want) {
			t.Errorf("%s: %d %s", settings, answer.Code, answer.Body)
		}
	}
}

// Without keys the module serves and isn't ready.
func TestReadyzWithoutKeys(t *testing.T) {
	a := start(t, `{"uid2":{"base_url":"http://127.0.0.1:1","api_key":"k","client_secret":"`+secretText+`"},"opt_outs":{"when_unknown":"send"}}`)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
		answer := httptest.NewRecorder()
		a.HealthHandler().ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != want {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
}
