package uid2test

import "github.com/uid2rtb/uid2rtb/codec"

type optOutEntry struct {
	ID      string `json:"advertising_id"`
	SinceMs int64  `json:"opted_out_since"`
}

// idsName is the request field with the raw UIDs.
const idsName = "advertising_ids"

// maxItems is the maximum number of raw UIDs per request.
const maxItems = 5000

// optOutStatus lists the users who have opted out, in the order of the request. Like operators, it
// compares texts and knows version 4 raw UIDs by the form in which opt-outs are announced.
func (s *Server) optOutStatus(_ *participant, asked payload) ([]byte, *refusal) {
	if asked == nil {
		return nil, clientError("Invalid request body")
	}
	if asked[idsName] == nil {
		return nil, clientError("Required Parameter Missing: " + idsName)
	}
	ids, ok := asked[idsName].([]any)
	if !ok {
		return nil, unknownError("Unknown error while getting optout status")
	}
	if len(ids) > maxItems {
		return nil, clientError("Request payload is too large")
	}
	out := []optOutEntry{}
	for _, id := range ids {
		id := textOf(id)
		uid, err := codec.DecodeRawUID(id)
		if err != nil || uid.Reveal() != id || uid.Canonical() != uid {
			continue
		}
		if sinceMs, optedOut := s.optOutSince(uid); optedOut {
			out = append(out, optOutEntry{id, sinceMs})
		}
	}
	return success(map[string]any{"opted_out": out}), nil
}
