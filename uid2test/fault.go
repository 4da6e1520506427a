package uid2test

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

// Fault describes what goes wrong with an answer. Its zero value changes nothing; fields combine
// where that makes sense. Requests to other paths than those of the endpoints, or with other
// methods, have no faults.
type Fault struct {
	Path  string // of the endpoint; "" means any
	Times int    // how many requests it affects; 0 means all until Heal

	// Delay comes before anything else. It ends early with the client's connection or the
	// server's Close; an answer after more than ten minutes can't be sent.
	Delay time.Duration

	Drop    bool        // close the connection without an answer
	Status  int         // answer with this status at once, unencrypted, with a body as operators or their proxies send it
	Header  http.Header // added to the answer
	Garbage bool        // answer 200 with an HTML page

	// Body replaces the answer: with Status the body itself, otherwise the JSON in a proper
	// envelope. Nil changes nothing, and a slice of length 0 is an empty body.
	Body []byte

	WrongNonce  bool // answer with another nonce than the request's
	WrongSecret bool // seal the answer under another client secret
	Truncate    bool // send only the first half of the answer's body
}

// Fail makes requests go wrong. Each request is affected by at most one fault: the first matching
// one, in the order of the calls of Fail, that has Times left. The server keeps references to Body
// and Header, which must not change. Fail panics if Status isn't a final HTTP status or Times is
// negative.
func (s *Server) Fail(fault Fault) {
	if fault.Times < 0 || fault.Status != 0 && (fault.Status < 200 || fault.Status > 599) {
		panic("uid2test: invalid fault")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault)
}

// Heal removes all faults. Delays in progress continue, and the requests that they delay keep their
// faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault returns the fault for a request to path, or the zero Fault.
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

// exchange is a request to an endpoint and its fault.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	body  []byte // of the request
	fault Fault
}

// maxBody is the size of the longest request body that operators accept.
const maxBody = 1 << 20

// endpoint reads a request's body and applies the faults that come before the operator's own work;
// the rest is up to next.
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
			panic(http.ErrAbortHandler) // closes the connection, without a log line of net/http
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

// isForm reports whether a request is a multipart form, whose body operators ignore.
func isForm(r *http.Request) bool {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return mediaType == "multipart/form-data"
}

// wait waits, and reports whether neither the client nor the server gave up first.
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
	x.w.Write(body) // it doesn't matter if the client has gone away
}
