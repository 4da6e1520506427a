package bidder

import (
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/counters"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Bidder annotates bid requests. Build it with [Open], [Start] or [New]. It may be used from any
// goroutine.
type Bidder struct {
	decrypter *bidstream.Decrypter
	mode      Mode
	counts    *counters.Counters
	keys      []scopedKeys // none if they are the program's
	optOuts   *optOutNode  // nil if they are the program's

	sendUnknown bool // raw UIDs are sent while opt-outs are unknown
}

// New makes a Bidder of a decrypter that the program has already. The keys and opt-outs behind it
// stay the program's. No decrypter, and a mode that is none, are a [ConfigError].
func New(decrypter *bidstream.Decrypter, mode Mode) (*Bidder, error) {
	if decrypter == nil {
		return nil, configError(SettingDecrypter, "it is nil")
	}
	if err := mode.check(); err != nil {
		return nil, err
	}
	return &Bidder{decrypter: decrypter, mode: mode, counts: newCounts()}, nil
}

// Found counts the UID2 and EUID uids of a request by what came of them.
type Found struct {
	Usable        int // there is a raw UID
	OptedOut      int // the user must not be targeted
	OptOutUnknown int // no raw UID, as nobody knows yet whether the user has opted out
	Unusable      int // the token may not be used
}

func (f *Found) count(o Outcome) {
	switch o {
	case Usable:
		f.Usable++
	case OptedOut:
		f.OptedOut++
	case OptOutUnknown:
		f.OptOutUnknown++
	default:
		f.Unusable++
	}
}

// Annotate appends a bid request in bytes to dst, with what came of each token written beside it
// and every forged annotation removed. All other bytes stay as they are, and so do uids behind the
// first openrtb.MaxUIDs. now is when the tokens are judged: read the clock once for each request.
//
// If there is an error, the request can't be read safely (see package openrtb): nothing is
// appended, since what it has may be forged. Bid without the user, or not at all. A request is read
// strictly only where its tokens may be: who reads it on with a reader that takes what isn't JSON
// must have it validated before, with encoding/json.Valid or the like.
//
// It keeps nothing of request, and doesn't allocate if dst has room, but for the texts of raw UIDs
// and for escaped strings. dst and request must not overlap.
func (b *Bidder) Annotate(dst, request []byte, now time.Time) (annotated []byte, found Found, err error) {
	annotated, err = openrtb.AnnotateNamed(dst, request, func(name string, source openrtb.Source, id string) openrtb.Edit {
		return b.edit(&found, id, Query(source, name, now))
	})
	if err != nil {
		return annotated[:len(dst)], Found{}, err
	}
	return annotated, found, nil
}

// AnnotateUser is [Bidder.Annotate] for a request of github.com/prebid/openrtb. It returns the user
// with the annotations, which shares unchanged parts with the request's own; that is never
// modified. If there is an error, the user is nil.
func (b *Bidder) AnnotateUser(request *openrtb2.BidRequest, now time.Time) (annotated *openrtb2.User, found Found, err error) {
	name := openrtb.Name(request)
	annotated, _, err = openrtb.AnnotateUser(request.User, func(source openrtb.Source, id string) openrtb.Edit {
		return b.edit(&found, id, Query(source, name, now))
	})
	if err != nil {
		return nil, Found{}, err
	}
	return annotated, found, nil
}

// edit decides one uid.
func (b *Bidder) edit(found *Found, id string, query bidstream.Query) openrtb.Edit {
	var verdict bidstream.Verdict
	b.Decrypt(&verdict, id, query)
	found.count(OutcomeOf(&verdict))
	return b.mode.Edit(AnnotationOf(&verdict))
}

// Decrypt judges the token in a uid's id, as it stands in the request, and overwrites v with the
// verdict. It is for programs that find tokens in other ways than this package does; query is what
// [Query] returns. It keeps nothing of id and doesn't allocate.
func (b *Bidder) Decrypt(v *bidstream.Verdict, id string, query bidstream.Query) {
	b.decrypter.DecryptString(v, openrtb.Token(id), query)
	b.counts.Add(int(v.Status), 1)
	b.optOuts.offer(v, query.NowMs)
}

// DecryptBatch is [Bidder.Decrypt] for several ids, which is faster than one after another where keys
// and opt-outs must come from memory: see [bidstream.Decrypter.DecryptBatch], also for the numbers of
// verdicts and queries. It allocates for more than 16.
func (b *Bidder) DecryptBatch(verdicts []bidstream.Verdict, ids []string, queries ...bidstream.Query) {
	var few [16]string
	tokens := few[:0]
	for _, id := range ids {
		tokens = append(tokens, openrtb.Token(id))
	}
	b.decrypter.DecryptStringBatch(verdicts, tokens, queries...)
	for i := range verdicts {
		b.counts.Add(int(verdicts[i].Status), 1)
		b.optOuts.offer(&verdicts[i], queries[min(i, len(queries)-1)].NowMs)
	}
}
