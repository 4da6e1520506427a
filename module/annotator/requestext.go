package annotator

import (
	"bytes"
	"encoding/json"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// requestExt is what decides about a bidder in its request's ext.
type requestExt struct {
	adapter    string // for which the request made the bidder's name an alias; "" if it is no such alias
	debug      bool
	unreadable bool // nobody can be sure which adapter the request goes to
}

// unknownAdapter can't be listed: it stands for an alias whose adapter can't be told.
const unknownAdapter = "\x00"

// readRequestExt reads ext.prebid.aliases and ext.prebid.debug of a bidder's own request. Prebid Server
// looks both up by their exact keys, and the alias by the bidder's exact name; it passes top-level
// members that it doesn't know as they came. A name that is there twice, or in another letter case, was
// put there to be read in two ways, and makes the ext unreadable.
func readRequestExt(ext json.RawMessage, bidder string) requestExt {
	prebid, ok := readMember(ext, "prebid")
	if !ok {
		return requestExt{unreadable: true}
	}
	aliases, debug, ok := readPrebid(prebid)
	if !ok {
		return requestExt{unreadable: true}
	}
	alias, ok := readMember(aliases, bidder)
	if !ok {
		return requestExt{unreadable: true}
	}
	return requestExt{adapter: aliasedAdapter(alias), debug: isOn(debug)}
}

// readPrebid reads ext.prebid.
func readPrebid(prebid []byte) (aliases, debug []byte, ok bool) {
	members := [...]strictjson.Member{{Name: "aliases"}, {Name: "debug"}}
	ok = readObject(prebid, members[:])
	return members[0].Value, members[1].Value, ok
}

// readMember reads one member of an object that may be absent or null.
func readMember(object []byte, name string) (value []byte, ok bool) {
	members := [...]strictjson.Member{{Name: name}}
	ok = readObject(object, members[:])
	return members[0].Value, ok
}

// readObject reads members of an object that may be absent or null.
func readObject(object []byte, members []strictjson.Member) bool {
	object = bytes.TrimSpace(object)
	return isAbsent(object) || strictjson.Members(object, members) == nil
}

func isAbsent(value []byte) bool { return len(value) == 0 || string(value) == "null" }

func isOn(flag []byte) bool { return !isAbsent(flag) && string(flag) != "false" }

// aliasedAdapter reads the value of an alias: the adapter's name.
func aliasedAdapter(value []byte) string {
	if value == nil {
		return ""
	}
	s := strictjson.Scanner{Data: value}
	text, err := s.Text()
	if adapter := text.Decoded(value); err == nil && len(adapter) > 0 {
		return string(adapter)
	}
	return unknownAdapter
}
