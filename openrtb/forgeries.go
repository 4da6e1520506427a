package openrtb

import (
	"slices"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
)

// RemoveForgeries removes forged annotations from a bid request on its way to Prebid Server: from
// every uid of user.eids and user.ext.eids, and of both arrays in the first-party data of single
// bidders, ext.prebid.bidderconfig[].config.ortb2.user. It appends the resulting request to dst,
// and returns the number of annotations removed. If there are none, which is quick to see for most
// requests, or if there is an error, it appends nothing.
//
// Nobody writes a uid2 there in good faith, so it is removed however the path to it is written: a
// repeated key, or one in another letter case, isn't ambiguous but one more path; nesting may have
// any depth; and of strings, numbers and words only the end is looked for, as Prebid Server accepts
// some that aren't valid JSON. The error is [ErrMalformed]: the brackets, keys, colons and commas
// aren't those of an object. Anything after the object is kept.
//
// It takes time linear in the length of req. dst and req must not overlap.
func RemoveForgeries(dst, req []byte) (_ []byte, removed int, err error) {
	if !mayHaveForgeries(req) {
		return dst, 0, nil
	}
	f := forgeries{reader: strictjson.Scanner{Data: req}, dst: dst}
	f.reader.Lenient()
	f.reader.Space()
	if err = f.object(wherever); err != nil || f.removed == 0 {
		return dst, 0, err
	}
	return append(f.dst, req[f.at:]...), f.removed, nil
}

// step is a key on the way to a uid's ext, with the steps that may follow. At the ext itself there
// are none.
type step struct {
	key      string
	elements bool // the value is an array, to whose elements next applies
	next     []step
}

// wherever lists all ways to the ext of a uid in a request.
var wherever = func() []step {
	eids := step{key: "eids", elements: true, next: []step{{key: "uids", elements: true, next: []step{{key: "ext"}}}}}
	user := step{key: "user", next: []step{eids, {key: "ext", next: []step{eids}}}}
	config := step{key: "config", next: []step{{key: "ortb2", next: []step{user}}}}
	prebid := step{key: "prebid", next: []step{{key: "bidderconfig", elements: true, next: []step{config}}}}
	return []step{user, {key: "ext", next: []step{prebid}}}
}()

// forgeries removes forged annotations from a request while reading it.
type forgeries struct {
	reader  strictjson.Scanner
	dst     []byte
	at      int // everything before this offset has been written
	removed int
}

// object reads an object that may have these steps as keys.
func (f *forgeries) object(next []step) error {
	return f.reader.Object(func(k strictjson.Key, _ strictjson.Span) error {
		for i := range next {
			if k.LooksLike(next[i].key) {
				return f.value(&next[i])
			}
		}
		return f.reader.Skip()
	})
}

func (f *forgeries) value(s *step) error {
	if !s.elements {
		return f.objectOrOther(s.next)
	}
	if f.reader.Peek() != '[' {
		return f.reader.Skip()
	}
	return f.reader.Array(func(int) error { return f.objectOrOther(s.next) })
}

func (f *forgeries) objectOrOther(next []step) error {
	switch {
	case f.reader.Peek() != '{':
		return f.reader.Skip()
	case next == nil:
		return f.ext()
	}
	return f.object(next)
}

// ext reads the ext of a uid, and removes forgeries from it.
func (f *forgeries) ext() error {
	start := f.reader.At
	has, found, err := uidExt(&f.reader)
	if err != nil || found == 0 {
		return err
	}
	data := f.reader.Data
	if f.removed == 0 {
		f.dst = slices.Grow(f.dst, len(data))
	}
	f.dst = appendExt(append(f.dst, data[f.at:start]...), data[start:f.reader.At], has, nil)
	f.at, f.removed = f.reader.At, f.removed+found
	return nil
}
