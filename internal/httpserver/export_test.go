package httpserver

// Open returns the number of open connections.
func (s *Server) Open() int { return len(s.listener.room) }
