package redact

// Steps returns how much was done so far beside reading each byte once.
func (s *Set) Steps() int { return s.stack.steps + s.probe.steps }
