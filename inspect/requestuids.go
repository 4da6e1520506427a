package inspect

import (
	"errors"
	"fmt"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

const (
	// maxListed bounds the uids that are listed though they were passed over.
	maxListed = 256
	// maxShown bounds what is shown of a text that the caller chose, in bytes.
	maxShown = 120
)

// way is a key on the way to eids, with the keys that may follow. Nothing follows eids.
type way struct {
	key      string
	elements bool // the value is an array, to whose elements next applies
	next     []way
}

// Where the eids of a request are: those of everybody, and those of single bidders.
var ways = func() []way {
	eids := way{key: "eids", elements: true}
	user := way{key: "user", next: []way{eids, {key: "ext", next: []way{eids}}}}
	config := way{key: "config", next: []way{{key: "ortb2", next: []way{user}}}}
	prebid := way{key: "prebid", next: []way{{key: "bidderconfig", elements: true, next: []way{config}}}}
	return []way{user, {key: "ext", next: []way{prebid}}}
}()

// place is where an array of eids or a part of it is.
type place struct {
	path string
	odd  bool // a key on the way is repeated, or in another spelling
	own  bool // in the first-party data of single bidders
}

func (p place) member(name string, odd bool) place {
	if p.path != "" {
		name = p.path + "." + name
	}
	return place{name, p.odd || odd, p.own}
}

func (p place) element(i int) place { return place{fmt.Sprintf("%s[%d]", p.path, i), p.odd, p.own} }

// candidate is a uid of an eid, wherever it is and however its path is spelled.
type candidate struct {
	place
	strictjson.Span
	source string // of its eid, or what is wrong with that
	system openrtb.Source
	id     string
	fault  string // what is wrong with it
	forged bool
}

// uidWalk lists the uids of a request, to say of each what became of it. It decides nothing: which
// ones were found is what package openrtb says.
type uidWalk struct {
	reader     strictjson.Scanner
	found      map[int]bool // where the uids that were found start
	uids       []candidate
	passedOver int
	notListed  int
	paths      map[string]bool // of the arrays of eids
	forgeries  []strictjson.Span
}

// walkUIDs lists the uids of a request: those that were found, and the first ones that weren't.
// What isn't JSON ends the list.
func walkUIDs(text []byte, found []openrtb.Location) *uidWalk {
	w := &uidWalk{reader: strictjson.Scanner{Data: text}, found: make(map[int]bool, len(found)), paths: make(map[string]bool)}
	for _, at := range found {
		w.found[at.Start] = true
	}
	w.reader.Lenient()
	w.reader.Space()
	_ = w.object(place{}, ways)
	return w
}

// object reads an object that may have these ways as keys.
func (w *uidWalk) object(at place, next []way) error {
	once := make([]strictjson.UniqueKey, len(next))
	return w.members(func(k strictjson.Key) error {
		for i := range next {
			is, err := once[i].Matches(k, next[i].key)
			if is || err != nil {
				return w.value(at.member(string(k.Name), err != nil), &next[i])
			}
		}
		return w.reader.Skip()
	})
}

// members reads an object, or skips what is none.
func (w *uidWalk) members(member func(k strictjson.Key) error) error {
	if w.reader.Peek() != '{' {
		return w.reader.Skip()
	}
	return w.reader.Object(func(k strictjson.Key, _ strictjson.Span) error { return member(k) })
}

// elements reads an array, or skips what is none.
func (w *uidWalk) elements(at place, element func(at place) error) error {
	if w.reader.Peek() != '[' {
		return w.reader.Skip()
	}
	return w.reader.Array(func(i int) error { return element(at.element(i)) })
}

func (w *uidWalk) value(at place, next *way) error {
	switch {
	case next.next == nil:
		if w.reader.Peek() == '[' {
			w.paths[at.path] = true
		}
		return w.elements(at, w.eid)
	case next.elements: // bidderconfig
		at.own = true
		return w.elements(at, func(at place) error { return w.object(at, next.next) })
	}
	return w.object(at, next.next)
}

func (w *uidWalk) eid(at place) error {
	source, system := "", openrtb.SourceOther
	first := len(w.uids)
	var sources, arrays strictjson.UniqueKey
	err := w.members(func(k strictjson.Key) (err error) {
		isSource, odd := sources.Matches(k, "source")
		if isSource || odd != nil {
			var text []byte
			if text, err = w.text(); text != nil {
				source, system = string(text), openrtb.SourceOf(text)
			}
			return err
		}
		isArray, odd := arrays.Matches(k, "uids")
		if isArray || odd != nil {
			return w.elements(at.member(string(k.Name), odd != nil), w.uid)
		}
		return w.reader.Skip()
	})
	for i := first; i < len(w.uids); i++ {
		w.uids[i].source, w.uids[i].system = source, system
	}
	return err
}

// text reads any value, and returns it if it is a string.
func (w *uidWalk) text() ([]byte, error) {
	if w.reader.Peek() != '"' {
		return nil, w.reader.Skip()
	}
	value, err := w.reader.Text()
	if err != nil {
		return nil, err
	}
	return append([]byte{}, value.Decoded(w.reader.Data)...), nil
}

func (w *uidWalk) uid(at place) error {
	c := candidate{place: at, Span: strictjson.Span{Start: w.reader.At}, fault: "it isn't an object"}
	if w.reader.Peek() == '{' {
		c.fault = "it has no id"
	}
	var ids, exts strictjson.UniqueKey
	err := w.members(func(k strictjson.Key) (err error) {
		isID, odd := ids.Matches(k, "id")
		if isID || odd != nil {
			c.odd = c.odd || odd != nil
			var text []byte
			text, err = w.text()
			c.id, c.fault = string(text), faultOfID(text)
			return err
		}
		isExt, odd := exts.Matches(k, "ext")
		if isExt || odd != nil {
			c.odd = c.odd || odd != nil
			before := len(w.forgeries)
			err = w.uidExt()
			c.forged = c.forged || len(w.forgeries) > before
			return err
		}
		return w.reader.Skip()
	})
	c.End = w.reader.At
	w.list(c)
	return err
}

func faultOfID(id []byte) string {
	switch {
	case id == nil:
		return "its id isn't a string"
	case len(id) == 0:
		return "its id is empty"
	}
	return ""
}

// uidExt looks for annotations.
func (w *uidWalk) uidExt() error {
	return w.members(func(k strictjson.Key) error {
		value, err := w.reader.Value()
		if k.LooksLike("uid2") {
			w.forgeries = append(w.forgeries, value)
		}
		return err
	})
}

func (w *uidWalk) list(c candidate) {
	if !w.found[c.Start] {
		if w.passedOver++; w.passedOver > maxListed {
			w.notListed++
			return
		}
	}
	w.uids = append(w.uids, c)
}

// why says why a uid wasn't taken for a token. refusal is what package openrtb says of the whole
// request.
func (c *candidate) why(refusal error) string {
	switch {
	case c.odd && !c.own:
		return "a key on the way to it is there twice or in another letter case, and readers differ in what they make of that"
	case refusal != nil:
		return "nothing is read of this request: " + refusalText(refusal)
	case c.own:
		return "it is in the first-party data of single bidders, which Prebid Server puts into their requests later"
	case c.fault != "":
		return c.fault
	case c.source == "":
		return "its eid has no source"
	case c.system == openrtb.SourceOther:
		return "its source is neither uidapi.com nor euid.eu"
	}
	return fmt.Sprintf("it is beyond the first %d UID2 and EUID uids of the request", openrtb.MaxUIDs)
}

func refusalText(err error) string {
	switch {
	case errors.Is(err, openrtb.ErrAmbiguous):
		return "a key on the way to its uids is there twice or in another letter case"
	case errors.Is(err, openrtb.ErrTooDeep):
		return fmt.Sprintf("it is nested deeper than %d levels", openrtb.MaxDepth)
	}
	return "it isn't valid JSON on the way to its uids"
}

// maskForgeries masks the annotations that a request came with.
func maskForgeries(text []byte) []byte {
	forgeries := walkUIDs(text, nil).forgeries
	if len(forgeries) == 0 {
		return text
	}
	var out []byte
	copied := 0
	for _, f := range forgeries {
		out = append(append(out, text[copied:f.Start]...), `"`+Masked+`"`...)
		copied = f.End
	}
	return append(out, text[copied:]...)
}

// shown shortens a text that the caller chose.
func shown(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}
