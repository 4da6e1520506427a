package annotator

import (
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// withoutEIDs returns a copy of the user without any eid. It is for user objects whose eids can't be read safely, so
// that a forged annotation in them can't be ruled out.
func withoutEIDs(user *openrtb2.User) *openrtb2.User {
	if user == nil {
		return nil
	}
	bare := *user
	bare.EIDs = nil
	bare.Ext = extWithoutEIDs(user.Ext)
	return &bare
}

// extWithoutEIDs keeps what else user.ext says (the consent string of OpenRTB 2.5 is there), or nothing if it is no
// object. Some readers take names in any case, so every spelling of eids goes.
func extWithoutEIDs(ext json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(ext, &fields) != nil || len(fields) == 0 {
		return nil
	}
	for name := range fields {
		if (strictjson.Key{Name: []byte(name)}).LooksLike("eids") {
			delete(fields, name)
		}
	}
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return rest
}
