package redact

// Steps returns how much was done so far beside reading each byte once.
func (s *Set) Steps() int {
	if s.searcher == nil {
		return 0
	}
	return s.searcher.stack.steps + s.searcher.probe.steps
}
