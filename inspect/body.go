package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/uid2rtb/uid2rtb/keyset"
)

// Endpoints of an operator.
const (
	endpointGenerate       = "/v2/token/generate"
	endpointClientGenerate = "/v2/token/client-generate"
	endpointRefresh        = "/v2/token/refresh"
	endpointIdentity       = "/v2/token/generate or /v2/token/refresh"
	endpointValidate       = "/v2/token/validate"
	endpointBidstream      = "/v2/key/bidstream"
	endpointSharing        = "/v2/key/sharing"
	endpointLatest         = "/v2/key/latest"
	endpointMap            = "/v3/identity/map"
	endpointMapV2          = "/v2/identity/map"
	endpointBuckets        = "/v2/identity/buckets"
	endpointOptOutStatus   = "/v2/optout/status"
)

// body explains the body of an answer, which is all of text.
func (i *Inspector) body(answer *Answer, text, body []byte, input Input) {
	switch body[0] {
	case '{':
		i.object(answer, text, body, input)
	case '[':
		list(answer, text, body, input)
	case 't', 'f':
		answer.Endpoint = endpointValidate
		answer.Notes = append(answer.Notes, map[bool]string{true: "The token is of this user.", false: "The token isn't of this user."}[body[0] == 't'])
	default:
		answer.Notes = append(answer.Notes, "Its body is none that operators send.")
	}
}

func (i *Inspector) object(answer *Answer, text, body []byte, input Input) {
	var m members
	if json.Unmarshal(body, &m) != nil {
		return
	}
	switch {
	case m.has(identityMembers...):
		answer.Endpoint, answer.Identity = endpointIdentity, i.identity(body, input)
		answer.Times = answer.Identity.Times
	case m.has("keys"):
		answer.Endpoint = endpointBidstream
		if m.has("master_keyset_id", "default_keyset_id", "caller_site_id", "token_expiry_seconds", "max_sharing_lifetime_seconds") {
			answer.Endpoint = endpointSharing
		}
		answer.keys(text, input.NowMs)
	case m.has("mapped", "unmapped"):
		answer.Endpoint = endpointMapV2
		answer.count(m, "mapped", "mapped")
		answer.count(m, "unmapped", "not mapped")
	case m.has("email", "email_hash", "phone", "phone_hash"):
		answer.Endpoint = endpointMap
		for _, name := range []string{"email", "email_hash", "phone", "phone_hash"} {
			answer.count(m, name, "of "+name)
		}
	case m.has("opted_out"):
		answer.Endpoint = endpointOptOutStatus
		answer.count(m, "opted_out", "of users who opted out")
	default:
		answer.Notes = append(answer.Notes, "Its body is none that operators send.")
	}
}

// count notes how many entries a list has. What is in it are raw UIDs, emails and phone numbers.
func (a *Answer) count(m members, name, what string) {
	var list []json.RawMessage
	if json.Unmarshal(m[name], &list) == nil && len(list) > 0 {
		a.Notes = append(a.Notes, entries(len(list))+" "+what+", which aren't shown.")
	}
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// list explains a body that is a list: keys as the legacy endpoint sends them, or buckets.
func list(answer *Answer, text, body []byte, input Input) {
	var first []members
	if json.Unmarshal(body, &first) != nil || len(first) == 0 {
		answer.Notes = append(answer.Notes, "Its body is an empty list, or one of something else than objects.")
		return
	}
	if first[0].has("bucket_id") {
		answer.Endpoint = endpointBuckets
		answer.Notes = append(answer.Notes, count(len(first), "bucket")+" whose raw UIDs have changed.")
		return
	}
	answer.Endpoint = endpointLatest
	answer.keys(text, input.NowMs)
}

// keys describes the keys of an answer, as package keyset reads it.
func (a *Answer) keys(text []byte, nowMs int64) {
	keys, err := keyset.Parse(text)
	if err != nil {
		a.Notes = append(a.Notes, "A program would refuse these keys: "+err.Error()+".")
		return
	}
	masters, known := keys.MasterKeysetID()
	for info := range keys.All() {
		purpose := ""
		switch {
		case known && info.HasKeyset && info.KeysetID == masters, info.SiteID < 0:
			purpose = purposeMaster
		case known, info.SiteID > 0:
			purpose = purposeSite
		}
		a.Keys = append(a.Keys, heldKey(info, purpose, nowMs))
	}
	a.Notes = append(a.Notes, fmt.Sprintf("%s of %v; the last one expires %s.", count(keys.Len(), "key"), keys.Scope(), distance(keys.LatestExpiryMs(), nowMs)))
	if !keys.Synced(nowMs) {
		a.Notes = append(a.Notes, "All keys have expired, so nothing can be decrypted with them.")
	}
	if max, limited := keys.MaxBidstreamLifetimeMs(); limited {
		a.Notes = append(a.Notes, "A token in the bidstream may live "+duration(uint64(max))+".")
	}
	if max, limited := keys.MaxSharingLifetimeMs(); limited {
		a.Notes = append(a.Notes, "A token from a sharer may live "+duration(uint64(max))+".")
	}
	if bytes.Contains(text, []byte(`"secret"`)) {
		a.Notes = append(a.Notes, "It has the keys' secrets: treat the text as one.")
	}
}
