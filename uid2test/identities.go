package uid2test

import (
	"net/http"
	"slices"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
)

// Paths of the endpoints for advertisers, and of the one for the opt-out status.
const (
	PathIdentityMap     = "/v3/identity/map"
	PathIdentityMapV2   = "/v2/identity/map"
	PathIdentityBuckets = "/v2/identity/buckets"
	PathOptOutStatus    = "/v2/optout/status"
)

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

// identityKind is a way to name a user, and how to read the text.
type identityKind struct {
	name string
	read func(text string) (user, bool)
}

// identityKinds are the ways to name a user in a request, in the order in which operators read
// them.
var identityKinds = []identityKind{
	{"email", userOfEmail},
	{"email_hash", func(text string) (user, bool) { return userOfHash(text, codec.TypeEmail) }},
	{"phone", userOfPhone},
	{"phone_hash", func(text string) (user, bool) { return userOfHash(text, codec.TypePhone) }},
}

// badFormat refuses a request that isn't made of the four lists of strings.
var badFormat = clientError("Incorrect request format")

// list returns the strings in one of the lists, which may be missing or null. Operators convert
// numbers and booleans to strings, and nothing else. They accept any length.
func (p payload) list(name string) (texts []string, no *refusal) {
	list, isList := p[name].([]any)
	if !isList && p[name] != nil {
		return nil, badFormat
	}
	for _, element := range list {
		switch element.(type) {
		case nil, []any, map[string]any:
			return nil, badFormat
		}
		texts = append(texts, textOf(element))
	}
	return texts, nil
}

// hasOnlyLists reports whether p has no fields but lists.
func (p payload) hasOnlyLists() bool {
	for name := range p {
		if !slices.ContainsFunc(identityKinds, func(kind identityKind) bool { return kind.name == name }) {
			return false
		}
	}
	return true
}

// mappedV3 is a raw UID, the previous one or null, and the time from which on to ask again.
type mappedV3 struct {
	UID          string  `json:"u"`
	Previous     *string `json:"p"`
	RefreshFromS int64   `json:"r"` // Unix seconds
}

// unmappedV3 says why there is no raw UID.
type unmappedV3 struct {
	Reason string `json:"e"`
}

// mapIdentities answers for every identity, in the order of the request, and always returns all
// four lists, even if they are empty.
func (s *Server) mapIdentities(_ *participant, asked payload) ([]byte, *refusal) {
	switch {
	case len(asked) == 0:
		return nil, clientError("Required Parameter Missing: one or more of [email, email_hash, phone, phone_hash] must be specified")
	case !asked.hasOnlyLists():
		return nil, badFormat
	}
	now, rotation := s.config.now(), s.lastRotation()
	body := make(map[string][]any)
	for _, kind := range identityKinds {
		texts, no := asked.list(kind.name)
		if no != nil {
			return nil, no
		}
		body[kind.name] = []any{}
		for _, text := range texts {
			body[kind.name] = append(body[kind.name], s.mapEntry(kind.read, text, now, rotation))
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
