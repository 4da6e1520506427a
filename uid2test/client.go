package uid2test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/envelope"
)

// Role is a set of permissions of a participant; roles are combined with |. The zero value is no
// role.
type Role uint8

// The roles that endpoints require.
const (
	IDReader  Role = 1 << iota // a bidder
	Sharer                     // encrypts raw UIDs for others
	Generator                  // a publisher
	Mapper                     // an advertiser
)

// String returns the operators' names of the roles, as in "ID_READER|SHARER".
func (r Role) String() string {
	var names []string
	for i, name := range []string{"ID_READER", "SHARER", "GENERATOR", "MAPPER"} {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// EverySite, in Client.Reads and Grant, means all sites, present and future.
const EverySite uint32 = 0

// Client is a participant, who calls the operator. It prints, logs and marshals as its name and
// site.
type Client struct {
	Name         string
	APIKey       string // after "Bearer " in the header Authorization
	ClientSecret string // base64 of 32 bytes
	SiteID       uint32
	Roles        Role

	// Reads lists the sites whose keys the participant may read, in addition to its own and
	// SharedSite. To change it on a running server, call Server.Grant.
	Reads []uint32

	// Links, unless nil, make the participant a service, which maps identities for others: a
	// link_id in its requests must be one of these.
	Links []string

	// NoKeys, with the role Sharer, leaves its site without keys: it can decrypt but not
	// encrypt.
	NoKeys bool
}

// String returns the name and the site.
func (c Client) String() string { return fmt.Sprintf("[client %s of site %d]", c.Name, c.SiteID) }

// GoString returns what String returns.
func (c Client) GoString() string { return c.String() }

// Format writes what String returns, for every verb.
func (c Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue returns what String returns.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns what String returns.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// participant is a Client as the server stores it. Only Reads changes, under the server's lock.
type participant struct {
	Client
	secret []byte
}

// mayRead reports whether the keys of a site are granted to p.
func (p *participant) mayRead(site uint32) bool {
	return site == p.SiteID || site == SharedSite || slices.Contains(p.Reads, EverySite) || slices.Contains(p.Reads, site)
}

// mayUse reports whether p may use a link_id in its requests. It is checked for services only.
func (p *participant) mayUse(link string) bool {
	return p.Links == nil || slices.Contains(p.Links, link)
}

// roster holds the participants by API key.
type roster struct {
	byKey map[string]*participant
	added uint64
}

// firstClientSite is the site of the first participant without a site of its own.
const firstClientSite = 9001

func newRoster() roster { return roster{byKey: make(map[string]*participant)} }

// add fills in what c leaves out, and adds it.
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

// apiKey returns a key that looks like those of operators; the L marks a local one.
func apiKey(roots seed, site uint32, number uint64) string {
	id, key := roots.derive("API key id", number), roots.derive("API key", number)
	return fmt.Sprintf("%s-C-L-%d-%x.%s", roots.scope, site, id[:3], base64.StdEncoding.EncodeToString(key[:]))
}

// AddClient adds a participant and returns it, with generated values for what c leaves out: Name,
// APIKey, ClientSecret and SiteID. It has only the roles and grants in c. With the role Sharer, its
// site gets keys to encrypt with, unless NoKeys is set. AddClient panics if the API key is taken or
// the client secret isn't the base64 of 32 bytes.
func (s *Server) AddClient(c Client) *Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.clients.add(c, s.roots)
	if p.Roles&Sharer != 0 && p.SiteID > SharedSite && !p.NoKeys {
		s.keys.site(p.SiteID, s.config.now())
	}
	return p.copy()
}

// Grant sets whose keys c may read from now on, in addition to those of its own site and of
// SharedSite: those of the given sites and no others; [EverySite] means all. It panics if c isn't a
// participant of this server.
func (s *Server) Grant(c *Client, sites ...uint32) {
	p := s.participant(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Reads = slices.Clone(sites)
}

// RemoveClient revokes a participant's API key: from now on it is unknown. Tokens and keys of its
// site stay. It panics if c isn't a participant of this server.
func (s *Server) RemoveClient(c *Client) {
	s.participant(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients.byKey, c.APIKey)
}

// participant returns the server's record of c.
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
