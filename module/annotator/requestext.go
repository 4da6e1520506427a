package annotator

import (
	"bytes"
	"encoding/json"
	"strings"
)

// requestExt is what decides about a bidder in its request's ext.
type requestExt struct {
	aliases    map[string]string
	debug      bool
	unreadable bool
}

// readRequestExt reads ext.prebid.aliases and ext.prebid.debug. Most requests have neither, so the JSON is only parsed
// if the names occur in it. Prebid Server has written these bytes by itself, so the names stand in them unescaped.
func readRequestExt(ext json.RawMessage) requestExt {
	if !bytes.Contains(ext, []byte(`"aliases"`)) && !bytes.Contains(ext, []byte(`"debug"`)) {
		return requestExt{}
	}
	var parsed struct {
		Prebid struct {
			Aliases map[string]string `json:"aliases"`
			Debug   bool              `json:"debug"`
		} `json:"prebid"`
	}
	if json.Unmarshal(ext, &parsed) != nil {
		return requestExt{unreadable: true, debug: true}
	}
	return requestExt{aliases: parsed.Prebid.Aliases, debug: parsed.Prebid.Debug}
}

// unknownAdapter can't be listed: it stands for an alias whose adapter could not be read.
const unknownAdapter = "\x00"

// aliasOf returns the adapter that the caller made the bidder's name an alias of, or "" if it is no such alias.
func (e requestExt) aliasOf(name string) string {
	if e.unreadable {
		return unknownAdapter
	}
	for alias, adapter := range e.aliases {
		if strings.EqualFold(alias, name) {
			if adapter == "" {
				return unknownAdapter
			}
			return adapter
		}
	}
	return ""
}
