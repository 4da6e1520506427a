package uid2test

import (
	"encoding/json"

	"github.com/uid2rtb/uid2rtb/codec"
)

type optOutEntry struct {
	ID      string `json:"advertising_id"`
	SinceMs int64  `json:"opted_out_since"`
}

// optOutStatus lists those who opted out, in the order of the request. Like operators, it compares texts and knows version
// 4 raw UIDs by the form in which opt-outs are announced.
func (s *Server) optOutStatus(_ *participant, payload []byte) ([]byte, *refusal) {
	var request struct {
		IDs []string `json:"advertising_ids"`
	}
	if json.Unmarshal(payload, &request) != nil || request.IDs == nil {
		return nil, clientError("Required Parameter Missing: advertising_ids")
	}
	if len(request.IDs) > maxItems {
		return nil, clientError("Request payload is too large")
	}
	out := []optOutEntry{}
	for _, id := range request.IDs {
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
