package httpserver

// Open returns how many connections are open.
func (s *Server) Open() int { return len(s.listener.room) }
