package uid2test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// Role is what a participant may do; roles are combined with |. The zero value is no role.
type Role uint8

// The roles that the endpoints ask for.
const (
	IDReader  Role = 1 << iota // a bidder
	Sharer                     // who encrypts raw UIDs for others
	Generator                  // a publisher
	Mapper                     // an advertiser
)

// String returns the names that operators give the roles, as in "ID_READER|SHARER".
func (r Role) String() string {
	var names []string
	for i, name := range []string{"ID_READER", "SHARER", "GENERATOR", "MAPPER"} {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// EverySite, in Client.Reads and Grant, stands for all sites, present and future.
const EverySite uint32 = 0

// Client is a participant: who calls the operator. It prints, logs and marshals as its name and site.
type Client struct {
	Name         string
	APIKey       string // after "Bearer " in the header Authorization
	ClientSecret string // base64 of 32 bytes
	SiteID       uint32
	Roles        Role

	// Reads lists the sites that let the participant read their keys, beside its own and SharedSite. What the server
	// holds is changed with Server.Grant, not here.
	Reads []uint32

	// Links, unless nil, make the participant a service, which maps identities for others: a link_id in its requests must be one
	// of these.
	Links []string

	// NoKeys, with the role Sharer, leaves its site without keys: it can decrypt and not encrypt.
	NoKeys bool
}

// String returns name and site.
func (c Client) String() string { return fmt.Sprintf("[client %s of site %d]", c.Name, c.SiteID) }

// GoString is String.
func (c Client) GoString() string { return c.String() }

// Format is String for every verb.
func (c Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue is String.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// participant is a Client as the server keeps it. Only Reads changes, under the server's lock.
type participant struct {
	Client
	secret []byte
}

// mayRead reports whether the keys of a site are granted to p.
func (p *participant) mayRead(site uint32) bool {
	return site == p.SiteID || site == SharedSite || slices.Contains(p.Reads, EverySite) || slices.Contains(p.Reads, site)
}

// mayUse reports whether p may name a link in its requests. Only those of services are looked at.
func (p *participant) mayUse(link string) bool {
	return p.Links == nil || slices.Contains(p.Links, link)
}

// roster are the participants by API key.
type roster struct {
	byKey map[string]*participant
	added uint64
}

// firstClientSite is the site of the first participant that doesn't name one.
const firstClientSite = 9001

func newRoster() roster { return roster{byKey: make(map[string]*participant)} }

// add completes c and keeps it.
func (r *roster) add(c Client, roots seed) *participant {
	number := r.added
	r.added++
	if c.Name == "" {
		c.Name = fmt.Sprintf("client-%d", number)
	}
	if c.SiteID == 0 {
		c.SiteID = firstClientSite + uint32(number)
	}
	if c.APIKey == "" {
		c.APIKey = apiKey(roots, c.SiteID, number)
	}
	if c.ClientSecret == "" {
		secret := roots.derive("client secret", number)
		c.ClientSecret = base64.StdEncoding.EncodeToString(secret[:])
	}
	secret, err := envelope.DecodeBase64([]byte(c.ClientSecret))
	if err != nil || len(secret) != envelope.SecretSize {
		panic("uid2test: a client secret must be the base64 of 32 bytes")
	}
	if _, taken := r.byKey[c.APIKey]; taken {
		panic("uid2test: two clients have the same API key")
	}
	c.Reads, c.Links = slices.Clone(c.Reads), slices.Clone(c.Links)
	p := &participant{Client: c, secret: secret}
	r.byKey[c.APIKey] = p
	return p
}

// apiKey looks like those of operators, where L says that it is for a local one.
func apiKey(roots seed, site uint32, number uint64) string {
	id, key := roots.derive("API key id", number), roots.derive("API key", number)
	return fmt.Sprintf("%s-C-L-%d-%x.%s", roots.scope, site, id[:3], base64.StdEncoding.EncodeToString(key[:]))
}

// AddClient adds a participant and returns it with everything that c leaves out made up: Name, APIKey, ClientSecret and
// SiteID. It has only the roles and grants that c says. With the role Sharer its site gets keys, to encrypt with, unless
// c says NoKeys. AddClient panics if the API key is taken already or the client secret isn't the base64 of 32 bytes.
func (s *Server) AddClient(c Client) *Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.clients.add(c, s.roots)
	if p.Roles&Sharer != 0 && p.SiteID > SharedSite && !p.NoKeys {
		s.keys.site(p.SiteID, s.config.now())
	}
	return p.copy()
}

// Grant says whose keys c reads from now on, beside those of its own site and of SharedSite: those of the given sites and
// of no others; [EverySite] stands for all. It panics if c is no participant of this server.
func (s *Server) Grant(c *Client, sites ...uint32) {
	p := s.participant(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Reads = slices.Clone(sites)
}

// participant finds who c is.
func (s *Server) participant(c *Client) *participant {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.clients.byKey[c.APIKey]
	if p == nil {
		panic("uid2test: the client belongs to another server")
	}
	return p
}

// copy returns the participant for use without the lock.
func (p *participant) copy() *Client {
	c := p.Client
	c.Reads, c.Links = slices.Clone(c.Reads), slices.Clone(c.Links)
	return &c
}
