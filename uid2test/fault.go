package uid2test

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

// Fault is what goes wrong with an answer. Its zero value changes nothing; fields combine where that makes sense.
// A request that isn't an endpoint's, with another path or method, has no faults.
type Fault struct {
	Path  string // of the endpoint; "" means any
	Times int    // how many requests it hits; 0 means all until Heal

	Delay time.Duration // before anything else; it ends early with the client's connection or the server's Close, and no answer comes after ten minutes

	Drop    bool        // close the connection without an answer
	Status  int         // answer this at once, unencrypted, with a body as operators or their proxies send
	Header  http.Header // added to the answer
	Garbage bool        // answer 200 with a page of HTML

	// Body replaces what is answered: with Status the body as it is, otherwise the JSON, in a proper envelope. Nil
	// leaves it, and a slice of length 0 is an empty body.
	Body []byte

	WrongNonce  bool // repeat another nonce than the request's
	WrongSecret bool // seal the answer under another client secret
	Truncate    bool // send the first half of the answer's body only
}

// Fail makes requests go wrong. Each request is hit by one fault at most: the first one that fits, in the order of
// the calls of Fail, and has Times left. The server keeps references to Body and Header, which mustn't change. Fail panics
// if Status is no final HTTP status or Times is negative.
func (s *Server) Fail(fault Fault) {
	if fault.Times < 0 || fault.Status != 0 && (fault.Status < 200 || fault.Status > 599) {
		panic("uid2test: impossible fault")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault)
}

// Heal takes all faults back. Delays in progress go on, and the requests they hold up keep their faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault returns the fault that hits a request to path, or none.
func (s *Server) takeFault(path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, fault := range s.faults {
		if fault.Path != "" && fault.Path != path {
			continue
		}
		switch fault.Times {
		case 0:
		case 1:
			s.faults = slices.Delete(s.faults, i, i+1)
		default:
			s.faults[i].Times--
		}
		return fault
	}
	return Fault{}
}

// exchange is a request to an endpoint and what goes wrong with it.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	body  []byte // of the request
	fault Fault
}

// maxBody is the longest body of a request that operators take.
const maxBody = 1 << 20

// endpoint reads a request's body and lets what goes wrong before the operator's own work go wrong; the rest is for next.
func (s *Server) endpoint(next func(*exchange)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
			http.Error(w, http.StatusText(http.StatusRequestEntityTooLarge), http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			return // the client gave up
		}
		if isForm(r) {
			body = nil
		}
		x := &exchange{w: w, r: r, body: body, fault: s.takeFault(r.URL.Path)}
		if !s.wait(r, x.fault.Delay) || x.fault.Drop {
			panic(http.ErrAbortHandler) // closes the connection, and net/http says nothing of it
		}
		for name, values := range x.fault.Header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		switch {
		case x.fault.Status != 0:
			x.fail()
		case x.fault.Garbage:
			x.answer(http.StatusOK, "text/html", []byte("<!DOCTYPE html><title>Welcome to our network</title>"))
		default:
			next(x)
		}
	}
}

// isForm reports whether a request is a form in several parts, of which operators don't look at the body.
func isForm(r *http.Request) bool {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return mediaType == "multipart/form-data"
}

// wait returns false if the client or the server gave up first.
func (s *Server) wait(r *http.Request, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.closing:
	}
	return false
}

// fail answers with the fault's status.
func (x *exchange) fail() {
	status := x.fault.Status
	switch {
	case x.fault.Body != nil:
		x.answer(status, "application/json", x.fault.Body)
	case status == http.StatusBadRequest:
		x.refuse(&refusal{status, "client_error", "Invalid body: Check encryption key (ClientSecret)."})
	case status == http.StatusUnauthorized:
		x.refuse(unauthorized)
	case status == http.StatusInternalServerError:
		x.refuse(&refusal{status, "unknown", "Unknown error"})
	default:
		x.answer(status, "text/plain", []byte(http.StatusText(status)))
	}
}

// answer sends a body, or half of it. A Content-Type among the fault's headers stays.
func (x *exchange) answer(status int, contentType string, body []byte) {
	if x.w.Header().Get("Content-Type") == "" {
		x.w.Header().Set("Content-Type", contentType)
	}
	if x.fault.Truncate {
		body = body[:len(body)/2]
	}
	x.w.WriteHeader(status)
	x.w.Write(body) // a client that went away is no concern of ours
}
