package uid2test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// Paths of the endpoints that hand out keys.
const (
	PathBidstream = "/v2/key/bidstream"
	PathSharing   = "/v2/key/sharing"
	PathLatest    = "/v2/key/latest"
)

// The lifetimes in answers, in seconds. Operators add the tolerance to the limits that they send,
// but not to what they issue.
const (
	tokenLifetimeS   = 3 * 24 * 60 * 60
	sharingLifetimeS = 30 * 24 * 60 * 60
	toleranceS       = 10
	clockSkewS       = 1800
)

// keyEndpoint is an endpoint that hands out keys. body is called with the server's lock held.
type keyEndpoint struct {
	roles Role // any of these
	body  func(*Server, *participant) (any, *refusal)
}

var keyEndpoints = map[string]keyEndpoint{
	PathBidstream: {IDReader, (*Server).bidstreamBody},
	PathSharing:   {IDReader | Sharer, (*Server).sharingBody},
	PathLatest:    {IDReader, (*Server).latestBody},
}

func (s *Server) routeKeys() {
	for path, endpoint := range keyEndpoints {
		s.mux.HandleFunc(http.MethodPost+" "+path, s.endpoint(s.enveloped(endpoint.roles, func(p *participant, _ payload) ([]byte, *refusal) {
			return s.keyAnswer(p, endpoint)
		})))
	}
}

// KeyAnswer returns the decrypted JSON that c gets from one of the endpoints that hand out keys,
// such as [PathBidstream]. It panics if there is no such endpoint or the server would refuse c.
func (s *Server) KeyAnswer(c *Client, endpoint string) []byte {
	at, ok := keyEndpoints[endpoint]
	if !ok {
		panic("uid2test: no endpoint for keys: " + endpoint)
	}
	p := s.participant(c)
	if p.Roles&at.roles == 0 {
		panic(fmt.Sprintf("uid2test: %v lacks the role for %s", c, endpoint))
	}
	answer, no := s.keyAnswer(p, at)
	if no != nil {
		panic(fmt.Sprintf("uid2test: %v: %s", c, no.Message))
	}
	return answer
}

func (s *Server) keyAnswer(p *participant, endpoint keyEndpoint) ([]byte, *refusal) {
	body, no := s.keyBody(p, endpoint)
	if no != nil {
		return nil, no
	}
	return success(body), nil
}

// keyBody makes the body under the lock; the result doesn't change afterwards.
func (s *Server) keyBody(p *participant, endpoint keyEndpoint) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return endpoint.body(s, p)
}

// keyBody is the body of all answers but the legacy one. Fields that an endpoint doesn't have are
// omitted.
type keyBody struct {
	IdentityScope        string     `json:"identity_scope"`
	CallerSiteID         *uint32    `json:"caller_site_id,omitempty"`
	MasterKeysetID       *int64     `json:"master_keyset_id,omitempty"`
	DefaultKeysetID      *int64     `json:"default_keyset_id,omitempty"`
	TokenExpiryS         string     `json:"token_expiry_seconds,omitempty"` // a string, as operators send it
	MaxSharingLifetimeS  int64      `json:"max_sharing_lifetime_seconds,omitempty"`
	MaxBidstreamLifetime int64      `json:"max_bidstream_lifetime_seconds,omitempty"`
	AllowClockSkewS      int64      `json:"allow_clock_skew_seconds"`
	Keys                 []keyEntry `json:"keys"`
	SiteData             []siteData `json:"site_data"`
}

type keyEntry struct {
	ID         uint32 `json:"id"`
	KeysetID   *int64 `json:"keyset_id,omitempty"`
	SiteID     *int64 `json:"site_id,omitempty"`
	CreatedS   int64  `json:"created"`
	ActivatesS int64  `json:"activates"`
	ExpiresS   int64  `json:"expires"`
	Secret     []byte `json:"secret"` // base64 in JSON
}

type siteData struct {
	ID          uint32   `json:"id"`
	DomainNames []string `json:"domain_names"`
}

func success(body any) []byte {
	answer, err := json.Marshal(map[string]any{"status": "success", "body": body})
	if err != nil {
		panic("uid2test: internal error: " + err.Error())
	}
	return answer
}

func (s *Server) bidstreamBody(p *participant) (any, *refusal) {
	return keyBody{
		IdentityScope:        s.config.scope.String(),
		MaxBidstreamLifetime: tokenLifetimeS + toleranceS,
		AllowClockSkewS:      clockSkewS,
		Keys:                 s.keys.entries(p, func(*keyset, *keyEntry) {}),
		SiteData:             s.keys.siteData(p),
	}, nil
}

// sharingBody includes the keysets that the caller encrypts with: those of the master keys and its
// own.
func (s *Server) sharingBody(p *participant) (any, *refusal) {
	body := keyBody{
		IdentityScope:   s.config.scope.String(),
		CallerSiteID:    &p.SiteID,
		MasterKeysetID:  &s.keys.master.id,
		TokenExpiryS:    fmt.Sprint(sharingLifetimeS),
		AllowClockSkewS: clockSkewS,
		Keys: s.keys.entries(p, func(set *keyset, entry *keyEntry) {
			if set == s.keys.master || set.site == int64(p.SiteID) {
				entry.KeysetID = &set.id
			}
		}),
		SiteData: s.keys.siteData(p),
	}
	if own := s.keys.sites[p.SiteID]; own != nil {
		body.DefaultKeysetID = &own.id
	}
	if p.Roles&Sharer != 0 {
		body.MaxSharingLifetimeS = sharingLifetimeS + toleranceS
	}
	return body, nil
}

// latestBody is a plain list of keys. Operators refuse it to participants of the reserved sites.
func (s *Server) latestBody(p *participant) (any, *refusal) {
	if p.SiteID <= SharedSite {
		return nil, &refusal{http.StatusUnauthorized, "invalid_client", fmt.Sprintf("Unexpected client site id %d", p.SiteID)}
	}
	return s.keys.entries(p, func(set *keyset, entry *keyEntry) { entry.SiteID = &set.site }), nil
}

// entries lists the keys that p may read, sorted by id.
func (r *keyring) entries(p *participant, complete func(*keyset, *keyEntry)) []keyEntry {
	entries := []keyEntry{}
	for _, set := range r.keysets() {
		if set != r.master && !p.mayRead(uint32(set.site)) {
			continue
		}
		for _, k := range set.keys {
			entry := keyEntry{ID: k.key.ID(), CreatedS: k.createdS, ActivatesS: k.activatesS, ExpiresS: k.expiresS, Secret: k.secret[:]}
			complete(set, &entry)
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b keyEntry) int { return cmp.Compare(a.ID, b.ID) })
	return entries
}

// siteData lists the sites that have names and whose keys p may read, sorted by id.
func (r *keyring) siteData(p *participant) []siteData {
	sites := []siteData{}
	for _, id := range slices.Sorted(maps.Keys(r.names)) {
		if len(r.names[id]) > 0 && p.mayRead(id) {
			sites = append(sites, siteData{id, r.names[id]})
		}
	}
	return sites
}
