package openrtb

import (
	"reflect"
	"testing"
)

// A survey that waits for the next request must not hold raw UIDs of the last one.
func TestForget(t *testing.T) {
	var s survey
	req := []byte(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"a"},{"id":"b"}]}]}}`)
	if err := s.of(req, (*survey).request); err != nil {
		t.Fatal(err)
	}
	s.ask(req, 0, func(Source, string) Edit { return Edit{Action: Replace, ID: "raw"} })
	s.forget()
	for _, u := range s.uids[:cap(s.uids)] {
		if !reflect.DeepEqual(u, uid{}) {
			t.Error("an edit is left")
		}
	}
	if s.reader.data != nil || len(s.places)+len(s.eids)+len(s.uids) > 0 {
		t.Error("the request is left")
	}
}
