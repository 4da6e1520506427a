package operator_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/operator"
)

// TestCall: an endpoint without a method gets the payload in an envelope of the form wanted, again
// if that may help, and its answer is opened.
func TestCall(t *testing.T) {
	for form, contentType := range map[operator.Form]string{operator.Text: "text/plain", operator.Binary: "application/octet-stream"} {
		f := newFake(t, func(w http.ResponseWriter, n int, a asked) {
			if n == 1 {
				refuse(w, http.StatusServiceUnavailable, "")
				return
			}
			succeed(w, a, `{"status":"success"}`)
		})
		c := newClient(t, f.URL+"/behind")
		answer, err := c.Call(context.Background(), "/v9/new-end_point/of.1", form, []byte(`{"a":1}`))
		if err != nil || string(answer) != `{"status":"success"}` || len(f.seen()) != 2 || c.Stats().Calls != 1 {
			t.Fatalf("%s, %v, %d requests", answer, err, len(f.seen()))
		}
		if _, err := c.Call(context.Background(), "/status", form, nil); err != nil || f.seen()[2].path != "/behind/status" {
			t.Error(err)
		}
		for _, a := range f.seen()[:2] {
			if a.path != "/behind/v9/new-end_point/of.1" || string(a.payload) != `{"a":1}` || a.header.Get("Content-Type") != contentType {
				t.Errorf("asked %s, %s, %v", a.path, a.payload, a.header)
			}
		}
	}
}

// TestImpossibleCalls: nothing is sent, and the error doesn't repeat the path.
func TestImpossibleCalls(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ int, a asked) { succeed(w, a, "{}") })
	c := newClient(t, f.URL)
	for _, path := range []string{
		"", "/", "v2/canary", "//canary", "/v2//canary", "/v2/canary/", "/v2/../canary", "/v2/./canary", "/canary?a=b", "/canary#a", "/canary%2f",
		"/v2\\canary", "/can ary", "/canary\r\nX: y", "/canarý", "http://canary/",
	} {
		if _, err := c.Call(context.Background(), path, operator.Text, nil); !errors.Is(err, operator.ErrOption) || strings.Contains(err.Error(), "canar") {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, err := c.Call(context.Background(), "/v2/key/bidstream", 2, nil); !errors.Is(err, operator.ErrOption) {
		t.Errorf("no form: %v", err)
	}
	if n := len(f.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
	anonymous, err := operator.NewWithoutCredentials(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer anonymous.Close()
	if _, err := anonymous.Call(context.Background(), "/v2/key/bidstream", operator.Text, nil); !errors.Is(err, operator.ErrCredentials) {
		t.Errorf("without credentials: %v", err)
	}
}
