package openrtb

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// A pooled survey must not hold raw UIDs of the last request.
func TestForget(t *testing.T) {
	var s survey
	req := []byte(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"a"},{"id":"b"}]},{"uids":[{"id":"c","ext":{"a":[]}}],"source":"x"}]}}`)
	if err := s.parse(req, (*survey).request); err != nil {
		t.Fatal(err)
	}
	s.decide(req, 0, func(Source, string) Edit { return Edit{Action: Replace, ID: "raw"} })
	s.forget()
	for _, e := range s.edits[:cap(s.edits)] {
		if e != (Edit{}) {
			t.Error("an edit is left")
		}
	}
	for _, u := range s.uids[:cap(s.uids)] {
		if u != (uid{}) {
			t.Error("a uid is left")
		}
	}
	if s.reader.Data != nil || len(s.places)+len(s.eids)+len(s.uids)+len(s.edits) > 0 {
		t.Error("the request is left")
	}
}

// The memory of a survey is proportional to the request, for any eids and uids, and a large
// survey isn't reused.
func TestSurveyOfManyElements(t *testing.T) {
	const size = 1 << 20
	for _, c := range []struct {
		before, element, after string
		times                  uintptr // how much larger than the request the survey may be
	}{
		{`{"user":{"eids":[{"source":"uidapi.com","uids":[`, `0`, `]}]}}`, 0},
		{`{"user":{"eids":[{"source":"uidapi.com","uids":[`, `{}`, `]}]}}`, 0},
		{`{"user":{"eids":[{"source":"uidapi.com","uids":[`, `{"id":""}`, `]}]}}`, 0},
		{`{"user":{"eids":[{"source":"uidapi.com","uids":[`, `0,{"id":"A"}`, `]}]}}`, 12},
		{`{"user":{"eids":[{"source":"uidapi.com","uids":[`, `{"id":"A"}`, `]}]}}`, 7},
		{`{"user":{"eids":[`, `0`, `]}}`, 0},
		{`{"user":{"ext":{"eids":[`, `{}`, `]}}}`, 0},
		{`{"user":{"eids":[`, `{"uids":[0]}`, `]}}`, 0},
		{`{"user":{"eids":[`, `{"source":"x","uids":[{"id":"A"}]}`, `]}}`, 0},
		{`{"user":{"eids":[`, `{"uids":[{"id":"\u0041"}],"source":"x"}`, `]}}`, 0},
		{`{"user":{"eids":[`, `{"uids":[{"ext":{"uid2":0}}]}`, `]}}`, 5},
		{`{"user":{"eids":[`, `{"source":"euid.eu","uids":[{"id":"A"}]}`, `]}}`, 4},
	} {
		n := size / (len(c.element) + 1)
		req := []byte(c.before + strings.Repeat(c.element+",", n) + c.element + c.after)
		var s survey
		if err := s.parse(req, (*survey).request); err != nil {
			t.Fatal(err)
		}
		s.decide(req, 0, func(Source, string) Edit { return Edit{Action: Replace, ID: "raw"} })
		used := uintptr(len(s.eids))*unsafe.Sizeof(eid{}) + uintptr(len(s.uids))*unsafe.Sizeof(uid{}) + uintptr(len(s.edits))*unsafe.Sizeof(Edit{})
		if used > c.times*size+1024*16 {
			t.Errorf("%s: %d bytes", c.element, used)
		}
		if s.oversized() != (c.times > 0) {
			t.Errorf("%s: room for %d eids and %d uids is kept: %t", c.element, cap(s.eids), cap(s.uids), !s.oversized())
		}
	}
}

// Elements that aren't edited keep their places, whichever elements between them are removed.
func TestElementsBetween(t *testing.T) {
	const others = `0 , {}, {"id":""} ,[1]`
	remove := func(_ Source, id string) Edit {
		if id == "R" {
			return Edit{Action: Remove}
		}
		return Edit{}
	}
	for uids, want := range map[string]string{
		others:                                     others,
		`{"id":"R"},` + others:                     others,
		others + `,{"id":"R"}`:                     others,
		others + `,{"id":"R"},` + others:           others + `,` + others,
		`{"id":"R"},` + others + `,{"id":"R"}`:     others,
		others + `,{"id":"A"},{"id":"R"},{"id":1}`: others + `,{"id":"A"},{"id":1}`,
	} {
		const format = `{"user":{"eids":[7,{"a":1},{"source":"uidapi.com","uids":[%s]},null , [],{"source":"uidapi.com","uids":[0]},{}]}}`
		req := fmt.Sprintf(format, uids)
		got, err := AnnotateRequest(nil, []byte(req), remove)
		if want := fmt.Sprintf(format, want); err != nil || string(got) != want {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
		}
	}
	const format = `{"user":{"ext":{"eids":[7 , {"a":1}%s, null ,{}]}}}`
	got, err := AnnotateRequest(nil, fmt.Appendf(nil, format, `, {"source":"euid.eu","uids":[{"id":"R"}]}`), remove)
	if want := `{"user":{"ext":{"eids":[7 , {"a":1},null ,{}]}}}`; err != nil || string(got) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
	}
}
