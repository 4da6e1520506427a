package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// check has the bidder answer each request, and remembers its answers, which must be right.
func (b *bidder) check(m *market) error {
	c := b.clients[0]
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	for i, r := range m.requests {
		status, body, err := c.ask(r.message)
		if b.floor {
			r.price = unknownPrice
		}
		if err == nil {
			err = r.check(status, body)
		}
		if err != nil {
			return fmt.Errorf("%s, request %d, %s: %w", b.name, i, r.kind, err)
		}
		b.answers = append(b.answers, slices.Clone(body))
	}
	return nil
}

// check compares an answer to the request with what it must be.
func (r *request) check(status int, body []byte) error {
	if bytes.Contains(body, r.raw.AppendReveal(nil)) {
		return fmt.Errorf("the answer has the raw UID")
	}
	var got openrtb2.BidResponse
	if err := json.Unmarshal(body, &got); err != nil || status != http.StatusOK {
		return fmt.Errorf("answered %d: %v", status, err)
	}
	want := openrtb2.BidResponse{
		ID: "b7e1c4a2-91d0-4e0f-8f63-0a5d1a6f3c11", Cur: "USD",
		SeatBid: []openrtb2.SeatBid{{Bid: []openrtb2.Bid{{ID: "1", ImpID: "1", Price: r.price, AdM: "<ad/>", ADomain: []string{"advertiser.example"}, CrID: "c1"}}}},
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("answered %s", body)
	}
	return nil
}
