package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/record"
)

// answered is what came of a request to Prebid Server.
type answered struct {
	status int
	body   []byte
	record.Result
}

// send holds an auction. Its name is for those who watch.
func (w *world) send(ctx context.Context, name, endpoint string, body []byte) (a answered, err error) {
	var r *http.Request
	switch endpoint {
	case endpointAMP:
		id := w.stored.add(name, body)
		defer w.stored.remove(id)
		r, err = http.NewRequestWithContext(ctx, http.MethodGet, w.pbs.URL+"/openrtb2/amp?"+url.Values{"tag_id": {id}}.Encode(), nil)
	case endpointAuction:
		r, err = http.NewRequestWithContext(ctx, http.MethodPost, w.pbs.URL+"/openrtb2/auction", bytes.NewReader(body))
	default:
		err = errors.New("no such endpoint")
	}
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", "application/json")
	ticket := w.recorder.Announce(name)
	defer w.recorder.GiveUp(ticket)
	ticket.Stamp(r)
	if a.status, a.body, err = w.pbs.Do(r); err != nil {
		return a, err
	}
	a.Result, err = ticket.Result(ctx)
	return a, err
}

// stored holds the requests of amp by their ids. Its zero value is empty.
type stored struct {
	requests sync.Map
	count    atomic.Int64
}

// find is called by Prebid Server.
func (s *stored) find(id string) (json.RawMessage, bool) {
	body, ok := s.requests.Load(id)
	request, _ := body.([]byte)
	return request, ok
}

// add stores a request under an id of its own.
func (s *stored) add(name string, body []byte) (id string) {
	id = fmt.Sprintf("%s/%d", name, s.count.Add(1))
	s.requests.Store(id, body)
	return id
}

func (s *stored) remove(id string) { s.requests.Delete(id) }
