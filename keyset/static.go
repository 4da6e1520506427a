package keyset

// StaticSource is a source of keys that never change. It is safe for concurrent use.
type StaticSource struct{ snapshot *Snapshot }

// Static returns a source that always returns s; nil means no keys.
func Static(s *Snapshot) *StaticSource {
	return &StaticSource{s.OrEmpty()}
}

// Snapshot returns the Snapshot that was passed to Static.
func (s *StaticSource) Snapshot() *Snapshot { return s.snapshot }
