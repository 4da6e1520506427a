package optout

import (
	"net/http"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// TestSentinels: 32 bytes 00 or FF are a sentinel, and nothing else is.
func TestSentinels(t *testing.T) {
	filled := func(size int, b byte) []byte {
		raw := make([]byte, size)
		for i := range raw {
			raw[i] = b
		}
		return raw
	}
	almost := filled(32, 0xFF)
	almost[31] = 0xFE
	last := filled(32, 0)
	last[31] = 1
	for _, c := range []struct {
		raw  []byte
		want bool
	}{{filled(32, 0), true}, {filled(32, 0xFF), true}, {filled(32, 1), false}, {filled(32, 0xFE), false}, {filled(33, 0), false}, {filled(33, 0xFF), false}, {almost, false}, {last, false}} {
		uid, err := codec.NewRawUID(c.raw)
		if err != nil {
			t.Fatal(err)
		}
		if isSentinel(uid) != c.want {
			t.Errorf("% x: %v", c.raw, !c.want)
		}
	}
}

// TestSince: the first text that is a valid time in the past counts.
func TestSince(t *testing.T) {
	const nowMs = 1_700_000_000_500
	r := &Receiver{store: &Store{now: func() time.Time { return time.UnixMilli(nowMs) }}}
	for _, c := range []struct {
		texts []string
		want  int64
	}{
		{nil, 0}, {[]string{"", "x", "0", "-1"}, 0}, {[]string{" 1\n"}, 1000}, {[]string{"x", "5", "6"}, 5000},
		{[]string{"1700000000"}, 1_700_000_000_000}, {[]string{"1700000001"}, 0}, {[]string{"1700000001", "7"}, 7000},
		{[]string{"1700000000500"}, nowMs}, {[]string{"1700000000501"}, 0}, {[]string{"99999999999"}, 0}, {[]string{"100000000000"}, 100_000_000_000},
	} {
		if got := r.since(c.texts); got != c.want {
			t.Errorf("%q: %d, want %d", c.texts, got, c.want)
		}
	}
}

// TestAllows: one right value is enough, and no other value is accepted.
func TestAllows(t *testing.T) {
	token, shared := authentication{name: "Authorization", values: hidden("t"), bearer: true}, authentication{name: "X", values: hidden("s")}
	for _, c := range []struct {
		a      authentication
		values []string
		want   bool
	}{
		{token, []string{"Bearer t"}, true}, {token, []string{"bearer   t"}, true}, {token, []string{"Bearer"}, false}, {token, []string{"t"}, false}, {token, []string{"Basic t"}, false},
		{token, []string{"Basic t", "Bearer t"}, true}, {token, []string{"Bearer t", "Bearer x"}, true}, {token, []string{"Bearer x", "Bearer t"}, true}, {token, nil, false},
		{shared, []string{"s"}, true}, {shared, []string{"x", "s"}, true}, {shared, []string{""}, false}, {shared, []string{"Bearer s"}, false}, {authentication{open: true}, nil, true},
	} {
		header := http.Header{c.a.name: c.values}
		if got := c.a.allows(header.Values); got != c.want {
			t.Errorf("%q: %v", c.values, got)
		}
	}
}
