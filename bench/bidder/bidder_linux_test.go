package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// least is enough to have every figure.
var least = effort{turns: 1, most: 50 * time.Millisecond, at70: 50 * time.Millisecond, warm: time.Millisecond, warmSlow: time.Millisecond}

// TestGo: all bidders in Go answer all requests as they must, and are in the table.
func TestGo(t *testing.T) { measured(t, options{effort: least}, 7) }

// measured has the bidders checked and measured.
func measured(t *testing.T, o options, bidders int) {
	t.Helper()
	table, err := o.measure(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	table.PrintMarkdown(&out)
	t.Logf("\n%s", &out)
	if lines := strings.Count(out.String(), "\n"); lines != 2+bidders || len(table.Rows) != bidders {
		t.Errorf("%d lines", lines)
	}
	for _, row := range table.Rows {
		if len(row.Values) != len(table.Columns)-1 {
			t.Errorf("%s: %d values", row.Name, len(row.Values))
		}
	}
}

// TestRequests: each kind is met, and usable ones are most.
func TestRequests(t *testing.T) {
	m, err := newMarket()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	counts := make(map[string]int)
	for _, r := range m.requests {
		counts[r.kind]++
		if (r.kind == "usable") != (r.price != unknownPrice) {
			t.Errorf("%s: %v", r.kind, r.price)
		}
	}
	if counts["usable"] != 900 || counts["opted out"] != 50 || len(m.optedOut) != optedOut {
		t.Errorf("%v, %d opted out", counts, len(m.optedOut))
	}
	for _, refusal := range refusals {
		if counts[refusal.kind] == 0 {
			t.Errorf("%s is met nowhere", refusal.kind)
		}
	}
}

// TestCheck: no other answer than the right one passes.
func TestCheck(t *testing.T) {
	m, err := newMarket()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	usable := m.requests[slices.IndexFunc(m.requests, func(r request) bool { return r.kind == "usable" })]
	bid := func(imp, price string) []byte {
		return []byte(`{"id":"b7e1c4a2-91d0-4e0f-8f63-0a5d1a6f3c11","seatbid":[{"bid":[{"id":"1","impid":"` + imp + `","price":` + price +
			`,"adm":"<ad/>","adomain":["advertiser.example"],"crid":"c1"}]}],"cur":"USD"}`)
	}
	usable.price = 7.5
	if err := usable.check(200, bid("1", "7.5")); err != nil {
		t.Error(err)
	}
	for i, body := range [][]byte{nil, bid("1", "0.4"), bid("2", "7.5"), []byte("{}"), bid("1", "7.5")[1:],
		append([]byte(`{"x":"`+usable.raw.Reveal()+`",`), bid("1", "7.5")[1:]...)} {
		if usable.check(200, body) == nil {
			t.Errorf("wrong answer %d passes", i)
		}
	}
	if usable.check(500, bid("1", "7.5")) == nil || usable.check(204, nil) == nil {
		t.Error("a wrong status passes")
	}
}
