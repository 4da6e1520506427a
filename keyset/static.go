package keyset

// StaticSource is a source of keys that never change. It may be used from any goroutine.
type StaticSource struct{ snapshot *Snapshot }

// Static returns a source that always has s; nil means no keys.
func Static(s *Snapshot) *StaticSource {
	return &StaticSource{s.OrEmpty()}
}

// Snapshot returns what Static was given.
func (s *StaticSource) Snapshot() *Snapshot { return s.snapshot }
