package annotator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// resolved is an annotator with the keys of a local operator, and an auction with one user's raw UID in it.
func resolved(t testing.TB, settings string) (*annotator.Annotator, *annotator.Auction, string) {
	t.Helper()
	server := uid2test.NewServer()
	t.Cleanup(server.Close)
	a := newAnnotator(t, server, settings)
	spec := uid2test.TokenSpec{Version: codec.V4, Email: "alice@example.com"}
	user := &openrtb2.User{EIDs: []openrtb2.EID{{Source: "uidapi.com", UIDs: []openrtb2.UID{{ID: server.Token(spec)}}}}}
	auction := a.Resolve(context.Background(), &openrtb2.BidRequest{User: user}, time.Now())
	return a, auction, server.RawUID(spec).Reveal()
}

func newAnnotator(t testing.TB, server *uid2test.Server, settings string) *annotator.Annotator {
	t.Helper()
	client := server.Client()
	if !strings.Contains(settings, `"bidders":`) {
		settings += `,"bidders":[{"name":"dsp"}]`
	}
	cfg, err := annotator.ParseConfig(json.RawMessage(fmt.Sprintf(
		`{"uid2":{"base_url":%q,"api_key":%q,"client_secret":%q}%s}`, server.URL, client.APIKey, client.ClientSecret, settings)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := annotator.New(cfg, annotator.WithOptOuts(new(bidstream.MemoryOptOuts)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := a.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	return a
}

// escapings are ways in which text comes back from others.
var escapings = map[string]func(string) string{
	"plain":           func(s string) string { return s },
	"without padding": func(s string) string { return strings.TrimRight(s, "=") },
	"base64url":       func(s string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(s) },
	"percent":         url.QueryEscape,
	"percent twice":   func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"percent lower":   func(s string) string { return strings.NewReplacer("+", "%2b", "/", "%2f", "=", "%3d").Replace(s) },
	"escaped slash":   func(s string) string { return strings.ReplaceAll(s, "/", `\/`) },
	"escaped twice":   func(s string) string { return strings.ReplaceAll(s, "/", `\\\/`) },
	"unicode": func(s string) string {
		return strings.NewReplacer("+", `\u002b`, "/", `\u002F`, "=", `\u003D`).Replace(s)
	},
	"unicode in JSON":   func(s string) string { return strings.NewReplacer("+", `\\u002b`, "=", `\\u003d`).Replace(s) },
	"letter as unicode": func(s string) string { return fmt.Sprintf(`\u%04x`, s[0]) + s[1:] },
}

func TestRedactFindsEveryEscaping(t *testing.T) {
	a, auction, raw := resolved(t, "")
	for name, escape := range escapings {
		response := &openrtb2.BidResponse{Ext: json.RawMessage(`{"debug":{"a":"<` + escape(raw) + `>","b":"` + escape(raw) + `"}}`)}
		if !a.Leaks(auction, response) {
			t.Errorf("%s: not found", name)
		}
		if n := a.Redact(auction, response); n != 2 {
			t.Errorf("%s: %d found in %s", name, n, response.Ext)
		}
		if a.Leaks(auction, response) || !bytes.Contains(response.Ext, []byte("<REDACTED")) {
			t.Errorf("%s: %s", name, response.Ext)
		}
	}
}

func TestRedactLeavesTheRestAlone(t *testing.T) {
	a, auction, raw := resolved(t, "")
	text := json.RawMessage(`{"responsetimemillis":{"dsp":3},"almost":"` + raw[:len(raw)-3] + `"}`)
	response := &openrtb2.BidResponse{Ext: text, SeatBid: []openrtb2.SeatBid{{Bid: []openrtb2.Bid{{AdM: raw}}}}}
	if a.Redact(auction, response) != 0 || &response.Ext[0] != &text[0] || response.SeatBid[0].Bid[0].AdM != raw {
		t.Error("something was changed that need not be")
	}
	if a.Redact(nil, response) != 0 || a.Redact(auction, nil) != 0 || a.Leaks(nil, nil) {
		t.Error("nothing is to be found in nothing")
	}
}

func TestRedactBids(t *testing.T) {
	a, auction, raw := resolved(t, `,"redact_bids":true`)
	bid := openrtb2.Bid{AdM: "x" + raw, NURL: "https://w.example/?u=" + url.QueryEscape(raw), BURL: raw, LURL: raw, Ext: json.RawMessage(`{"u":"` + raw + `"}`)}
	response := &openrtb2.BidResponse{SeatBid: []openrtb2.SeatBid{{Bid: []openrtb2.Bid{bid}, Ext: json.RawMessage(`{"u":"` + raw + `"}`)}}}
	if !a.Leaks(auction, response) || response.SeatBid[0].Bid[0].AdM != bid.AdM {
		t.Error("Leaks must find, and change nothing")
	}
	if n := a.Redact(auction, response); n != 6 {
		t.Errorf("%d found, want 6", n)
	}
	text, err := json.Marshal(response)
	if err != nil || bytes.Contains(text, []byte(raw)) || bytes.Contains(text, []byte(url.QueryEscape(raw))) {
		t.Errorf("%v %s", err, text)
	}
}

// FuzzRedact states that no raw UID survives, wherever it stands and however it is escaped, and that what has no raw
// UID in it is not touched.
func FuzzRedact(f *testing.F) {
	a, auction, raw := resolved(f, "")
	names := []string{"plain", "base64url", "percent", "percent twice", "escaped slash", "escaped twice", "unicode", "letter as unicode"}
	for i := range names {
		f.Add([]byte(`{"a":"`), []byte(`"}`), uint8(i))
	}
	f.Add([]byte(raw[:20]), []byte(raw[20:]), uint8(0))
	f.Add([]byte(`\\\\u00`), []byte(`%25252`), uint8(3))
	f.Fuzz(func(t *testing.T, before, after []byte, which uint8) {
		escaped := escapings[names[int(which)%len(names)]](raw)
		text := append(append(append([]byte(nil), before...), escaped...), after...)
		response := &openrtb2.BidResponse{Ext: text}
		if a.Redact(auction, response) == 0 {
			t.Fatalf("not found in %q", text)
		}
		if bytes.Contains(response.Ext, []byte(escaped)) || bytes.Contains(response.Ext, []byte(raw)) {
			t.Fatalf("survived in %q", response.Ext)
		}
		without := append(append([]byte(nil), before...), after...)
		quiet := &openrtb2.BidResponse{Ext: append(json.RawMessage(nil), without...)}
		if !a.Leaks(auction, quiet) && (a.Redact(auction, quiet) != 0 || !bytes.Equal(quiet.Ext, without)) {
			t.Fatal("text without a raw UID was changed")
		}
	})
}
