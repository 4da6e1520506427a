package uid2test

import "slices"

// Sites that every server has.
const (
	// SharedSite owns the keys of publishers without keys of their own. Everybody reads them.
	SharedSite uint32 = 2
	// PublisherSite is whose tokens Token makes unless told otherwise. Its names are example.com and com.example.app.
	PublisherSite uint32 = 7000
)

// AddSite gives a site keys of its own, unless it has some, and the domain and app names that its client-side-generated
// tokens may be used under, in place of those it had. It panics if id is 0.
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
