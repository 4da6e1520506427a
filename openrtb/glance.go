package openrtb

import (
	"bytes"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// MayHaveTokens reports whether a user may have a UID2 or EUID token, at a glance: without one,
// [UIDs] finds nothing and [AnnotateUser] asks about nothing. It takes little time and stack,
// and may be wrong by saying that there may be one. user may be nil.
func MayHaveTokens(user *openrtb2.User) bool {
	if user == nil {
		return false
	}
	for i := range user.EIDs {
		if SourceOf(user.EIDs[i].Source) != SourceOther {
			return true
		}
	}
	return mayHaveSource(user.Ext)
}

// MayHaveForgeries reports whether a user may have a forged annotation, at a glance, however it is
// written and whoever reads it. It may be wrong by saying that there may be one. user may be nil.
func MayHaveForgeries(user *openrtb2.User) bool {
	if user == nil {
		return false
	}
	for i := range user.EIDs {
		for j := range user.EIDs[i].UIDs {
			if mayHaveForgeries(user.EIDs[i].UIDs[j].Ext) {
				return true
			}
		}
	}
	return mayHaveForgeries(user.Ext)
}

// mayHaveSource reports whether the source of a UID2 or EUID eid may stand in JSON. One that is
// written with escapes has a backslash.
func mayHaveSource(data []byte) bool {
	if bytes.IndexByte(data, '\\') >= 0 {
		return true
	}
	for from := 0; ; {
		dot := bytes.IndexByte(data[from:], '.')
		if dot < 0 {
			return false
		}
		dot += from
		if surrounds(data, dot, "uidapi.com") || surrounds(data, dot, "euid.eu") {
			return true
		}
		from = dot + 1
	}
}

// surrounds reports whether a domain stands in data so that its dot is at dot.
func surrounds(data []byte, dot int, domain string) bool {
	start := dot - bytes.IndexByte([]byte(domain), '.')
	return start >= 0 && start+len(domain) <= len(data) && equalASCII(data[start:start+len(domain)], domain)
}

// mayHaveForgeries reports whether a key in JSON may be uid2. However it is written, it ends in 2",
// and what stands before that is the d, or the last digit of the escape of the d or of the 2.
func mayHaveForgeries(data []byte) bool {
	for {
		i := bytes.Index(data, []byte(`2"`))
		if i < 0 {
			return false
		}
		behind := strictjson.Scanner{Data: data, At: i + 2}
		behind.Space()
		if behind.Peek() == ':' && i > 0 && bytes.IndexByte([]byte("dD43"), data[i-1]) >= 0 {
			return true
		}
		data = data[i+2:]
	}
}
