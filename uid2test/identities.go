package uid2test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Paths of the endpoints for advertisers, and of the one that tells who opted out.
const (
	PathIdentityMap     = "/v3/identity/map"
	PathIdentityMapV2   = "/v2/identity/map"
	PathIdentityBuckets = "/v2/identity/buckets"
	PathOptOutStatus    = "/v2/optout/status"
)

// maxItems is how many identities or raw UIDs a request may ask about.
const maxItems = 5000

func (s *Server) routeIdentities() {
	for path, endpoint := range map[string]struct {
		roles Role
		do    operation
	}{
		PathIdentityMap:     {Mapper, s.mapIdentities},
		PathIdentityMapV2:   {Mapper, s.mapIdentitiesV2},
		PathIdentityBuckets: {Mapper, s.identityBuckets},
		PathOptOutStatus:    {Mapper | Sharer | IDReader, s.optOutStatus},
	} {
		s.mux.HandleFunc(http.MethodPost+" "+path, s.endpoint(s.enveloped(endpoint.roles, endpoint.do)))
	}
}

// Reasons why an identity has no raw UID.
const (
	reasonOptedOut = "optout"
	reasonInvalid  = "invalid identifier"
)

// identityLists are what a request asks about. Nil is a list that isn't there.
type identityLists struct {
	Email     []*string `json:"email"`
	EmailHash []*string `json:"email_hash"`
	Phone     []*string `json:"phone"`
	PhoneHash []*string `json:"phone_hash"`
}

// identityKind is one list of a request, and how to read its texts.
type identityKind struct {
	name  string
	texts []*string
	read  func(text string) (user, bool)
}

func (l *identityLists) kinds() []identityKind {
	return []identityKind{
		{"email", l.Email, userOfEmail},
		{"email_hash", l.EmailHash, func(text string) (user, bool) { return userOfHash(text, codec.TypeEmail) }},
		{"phone", l.Phone, userOfPhone},
		{"phone_hash", l.PhoneHash, func(text string) (user, bool) { return userOfHash(text, codec.TypePhone) }},
	}
}

// parseLists returns the lists of a request that are there.
func parseLists(payload []byte) (kinds []identityKind, no *refusal) {
	var lists identityLists
	if json.Unmarshal(payload, &lists) != nil {
		return nil, clientError("Invalid payload in body: Data is not valid json string.")
	}
	items := 0
	for _, kind := range lists.kinds() {
		if kind.texts == nil {
			continue
		}
		kinds = append(kinds, kind)
		items += len(kind.texts)
		for i, text := range kind.texts {
			if text == nil {
				return nil, clientError(fmt.Sprintf("invalid element in %s at %d", kind.name, i))
			}
		}
	}
	if items > maxItems {
		return nil, clientError("Request payload is too large")
	}
	if len(kinds) == 0 {
		return nil, clientError("Required Parameter Missing: one or more of [email, email_hash, phone, phone_hash] must be specified")
	}
	return kinds, nil
}

// mappedV3 is a raw UID, the one before it or null, and from when on to ask again.
type mappedV3 struct {
	UID          string  `json:"u"`
	Previous     *string `json:"p"`
	RefreshFromS int64   `json:"r"` // Unix seconds
}

// unmappedV3 says why there is no raw UID.
type unmappedV3 struct {
	Reason string `json:"e"`
}

// mapIdentities answers about every identity in the order of the request, and has all four lists, though they be empty.
func (s *Server) mapIdentities(_ *participant, payload []byte) ([]byte, *refusal) {
	kinds, no := parseLists(payload)
	if no != nil {
		return nil, no
	}
	now, rotation := s.config.now(), s.lastRotation()
	body := map[string][]any{"email": {}, "email_hash": {}, "phone": {}, "phone_hash": {}}
	for _, kind := range kinds {
		for _, text := range kind.texts {
			body[kind.name] = append(body[kind.name], s.mapEntry(kind.read, *text, now, rotation))
		}
	}
	return success(body), nil
}

func (s *Server) mapEntry(read func(string) (user, bool), text string, now time.Time, last rotation) any {
	u, reason := s.mappable(read, text)
	if reason != "" {
		return unmappedV3{reason}
	}
	entry := mappedV3{
		UID:          s.rawUIDAt(u, 0, newSalts(s.roots, last.count)).Reveal(),
		RefreshFromS: now.Add(mapAgainAfter).Unix(),
	}
	if now.Sub(last.at) < previousFor {
		previous := s.rawUIDAt(u, 0, newSalts(s.roots, last.count-1)).Reveal()
		entry.Previous = &previous
	}
	return entry
}

// mappable returns the user that a text names, or why there is no raw UID for it.
func (s *Server) mappable(read func(string) (user, bool), text string) (u user, reason string) {
	u, ok := read(text)
	switch {
	case !ok:
		return user{}, reasonInvalid
	case alwaysOptedOut[u], s.isOptedOut(u) && !neverOptedOut[u]:
		return user{}, reasonOptedOut
	}
	return u, ""
}
