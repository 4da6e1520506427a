package openrtb_test

import (
	"testing"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

func TestToken(t *testing.T) {
	for id, want := range map[string]string{
		"AdvToken": "AdvToken", "UID2:AdvToken": "AdvToken", "EUID:AdvToken": "AdvToken", "euid:AdvToken": "AdvToken", "Uid2:x": "x",
		"": "", "UID2:": "", "UID2": "UID2", "EUID": "EUID", ":": ":", "UID2;x": "UID2;x", "UID3:x": "UID3:x", "AUID:x": "AUID:x",
		"UID2:EUID:x": "EUID:x", " UID2:x": " UID2:x", "UID2: x": " x", "xUID2:x": "xUID2:x", "\u0055ID2:\u00e9": "\u00e9",
		"U\u0131D2:x": "U\u0131D2:x", "5)$r:x": "5)$r:x", "uid\x12:x": "uid\x12:x", "uid2\x1a": "uid2\x1a", "uid2z": "uid2z",
	} {
		if got := openrtb.Token(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
		if got := openrtb.Token([]byte(id)); string(got) != want {
			t.Errorf("%q as bytes: %q, want %q", id, got, want)
		}
	}
}
