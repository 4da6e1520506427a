// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

// post sends a body to a DSP and returns status and answer.
func post(t *testing.T, url, encoding string, body []byte) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

func TestDSPBidsByFormat(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	tests := []struct {
		name, imp string
		want      openrtb2.MarkupType
		w, h      int64
		ext       string
	}{
		{"banner with sizes", `{"id":"1","banner":{"format":[{"w":728,"h":90}]}}`, openrtb2.MarkupBanner, 728, 90, `{"appnexus":{"bid_ad_type":0}}`},
		{"banner without", `{"id":"1","banner":{}}`, openrtb2.MarkupBanner, 300, 250, `{"appnexus":{"bid_ad_type":0}}`},
		{"video", `{"id":"1","video":{}}`, openrtb2.MarkupVideo, 0, 0, `{"appnexus":{"bid_ad_type":1}}`},
		{"native", `{"id":"1","native":{}}`, openrtb2.MarkupNative, 0, 0, `{"appnexus":{"bid_ad_type":3}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := post(t, dsp.Endpoint("x"), "", []byte(`{"id":"r","imp":[`+tt.imp+`]}`))
			var response openrtb2.BidResponse
			if err := json.Unmarshal(answer, &response); err != nil || status != http.StatusOK {
				t.Fatalf("status %d, %v: %s", status, err, answer)
			}
			bid := response.SeatBid[0].Bid[0]
			if bid.ImpID != "1" || bid.MType != tt.want || bid.W != tt.w || bid.H != tt.h || string(bid.Ext) != tt.ext {
				t.Errorf("bid %s", answer)
			}
		})
	}
}

func TestDSPReadsBodies(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	const request = `{"id":"r","imp":[{"id":"1","banner":{}}]}`
	tests := []struct {
		name, encoding string
		body           []byte
		status         int
		recorded       string
	}{
		{"plain", "", []byte(request), http.StatusOK, request},
		{"gzip", "gzip", zipped(request), http.StatusOK, request},
		{"not gzip", "gzip", []byte(request), http.StatusBadRequest, ""},
		{"not JSON", "", []byte("{"), http.StatusBadRequest, "{"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsp.Reset()
			if status, answer := post(t, dsp.Endpoint("x")+"/deeper?and=more", tt.encoding, tt.body); status != tt.status {
				t.Errorf("status %d, want %d: %s", status, tt.status, answer)
			}
			if got := string(bytes.Join(dsp.Requests("x"), nil)); got != tt.recorded {
				t.Errorf("recorded %q, want %q", got, tt.recorded)
			}
		})
	}
}

func TestDSPKeepsNothing(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{Keep: -1})
	post(t, dsp.Endpoint("x"), "", []byte(`{"id":"r"}`))
	if dsp.Count("x") != 1 || len(dsp.Requests("x")) != 0 {
		t.Errorf("%d counted, %d kept; want 1 and 0", dsp.Count("x"), len(dsp.Requests("x")))
	}
}

func TestDSPAddressInUse(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	pbstest.NewDSP(pbstest.DSPConfig{Addr: dsp.URL[len("http://"):]}).Close()
}
