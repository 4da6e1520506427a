package uid2test

import "slices"

// Sites that every server has.
const (
	// SharedSite owns the keys for publishers without keys of their own. Everybody can read
	// them.
	SharedSite uint32 = 2
	// PublisherSite is the site of tokens made by Token, by default. Its names are example.com
	// and com.example.app.
	PublisherSite uint32 = 7000
)

// AddSite gives a site keys of its own, unless it has some, and replaces the domain and app names
// under which its client-side-generated tokens may be used. It panics if id is 0.
func (s *Server) AddSite(id uint32, domainNames ...string) {
	if id == 0 {
		panic("uid2test: a site needs an id other than 0")
	}
	names := slices.Clone(domainNames)
	slices.Sort(names)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.site(id, s.config.now())
	s.keys.names[id] = slices.Compact(names)
}
