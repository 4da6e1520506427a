package uid2rtb_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// bidder is what a bidder without Prebid Server does to each request, in bytes: find the tokens, decrypt them, and write
// beside each what it may be used for.
type bidder struct {
	decrypter *bidstream.Decrypter
}

func (b *bidder) annotate(dst, request []byte, nowMs int64) ([]byte, error) {
	return openrtb.AnnotateNamed(dst, request, func(name string, source openrtb.Source, id string) openrtb.Edit {
		if source != openrtb.SourceUID2 {
			return openrtb.Edit{}
		}
		var verdict bidstream.Verdict
		b.decrypter.DecryptString(&verdict, openrtb.Token(id), bidstream.Query{Name: name, Scope: codec.ScopeUID2, NowMs: nowMs})
		return openrtb.Edit{Action: openrtb.Annotate, Annotation: annotationOf(&verdict)}
	})
}

// annotationOf writes a raw UID only if it may be used, and opted_out as false only if that is known.
func annotationOf(verdict *bidstream.Verdict) openrtb.Annotation {
	annotation := openrtb.Annotation{Status: verdict.Status.String()}
	if uid, ok := verdict.RawUID(); ok {
		annotation.Raw = uid.Reveal()
	}
	switch {
	case verdict.OptOut.State == bidstream.OptedOut:
		annotation.OptedOut = openrtb.OptedOutTrue
	case verdict.OptOut.State == bidstream.NotOptedOut:
		annotation.OptedOut = openrtb.OptedOutFalse
	case verdict.Status == codec.Success:
		annotation.OptedOut = openrtb.OptedOutNull
	}
	return annotation
}

// newBidder has keys that never change. A real one has them from a keyset.Refresher.
func newBidder() (*bidder, error) {
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		return nil, err
	}
	var optOuts bidstream.MemoryOptOuts
	return &bidder{bidstream.New(
		bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot)),
		bidstream.WithOptOuts(&optOuts),
	)}, nil
}

// A whole bid request, from its bytes to its bytes.
func Example() {
	bidder, err := newBidder()
	if err != nil {
		fmt.Println(err)
		return
	}
	token := fixtures.Token("G3").Text
	request := []byte(`{"site":{"domain":"example.com"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"` + token + `"}]}]}}`)

	annotated, err := bidder.annotate(nil, request, fixtures.NowMs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Replace(string(annotated), token, "TOKEN", 1))
	// Output:
	// {"site":{"domain":"example.com"},"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"TOKEN","ext":{"uid2":{"status":"Success","raw":"AVyI5ilbBG59ck6Vicdu08AWLiFBqyxnuIeWSYB+v6c=","opted_out":false}}}]}]}}
}

// TestAnnotationsSayWhatIsKnown: no raw UID without knowing that it may be used, and false only where it is known.
func TestAnnotationsSayWhatIsKnown(t *testing.T) {
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		t.Fatal(err)
	}
	vector := fixtures.Token("G3")
	request := []byte(`{"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"` + vector.Text + `"}]}]}}`)
	for _, c := range []struct {
		options []bidstream.Option
		want    string
	}{
		{[]bidstream.Option{bidstream.WithOptOuts(everybody(bidstream.OptOutUnknown))}, `{"status":"Success","opted_out":null}`},
		{[]bidstream.Option{bidstream.WithOptOuts(everybody(bidstream.NotOptedOut))}, `{"status":"Success","raw":"` + vector.UID + `","opted_out":false}`},
		{[]bidstream.Option{bidstream.WithOptOuts(everybody(bidstream.OptedOut))}, `{"status":"UserOptedOut","opted_out":true}`},
		{nil, `{"status":"Success","raw":"` + vector.UID + `","opted_out":null}`},
	} {
		b := &bidder{bidstream.New(append(c.options, bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot)))...)}
		annotated, err := b.annotate(nil, request, fixtures.NowMs)
		if want := `,"ext":{"uid2":` + c.want + `}`; err != nil || strings.Count(string(annotated), want) != 1 {
			t.Errorf("%s\nwithout %s, %v", annotated, want, err)
		}
	}
	b := &bidder{bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keyset.Static(snapshot)))}
	annotated, err := b.annotate(nil, []byte(strings.Replace(string(request), vector.Text, "AAAA", 1)), fixtures.NowMs)
	if want := `{"uid2":{"status":"VersionNotSupported"}}`; err != nil || !strings.Contains(string(annotated), want) {
		t.Errorf("%s\nwithout %s, %v", annotated, want, err)
	}
}

// everybody is of the same state.
type everybody bidstream.OptOutState

func (e everybody) OptOut(codec.RawUID) bidstream.OptOut {
	return bidstream.OptOut{State: bidstream.OptOutState(e)}
}

// requestWithToken is a request of 3.6 KB with one UID2 behind three other eids.
func requestWithToken(t testing.TB) []byte {
	t.Helper()
	request, err := os.ReadFile("openrtb/testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(request), `"source":"uidapi.com","uids":[{"id":"`)
	_, after, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatal("no UID2 in the request")
	}
	return []byte(before + `"source":"uidapi.com","uids":[{"id":"` + fixtures.Token("G3").Text + `"` + after)
}

// BenchmarkBid is that for a request of 3.6 KB with one UID2 behind three other eids, beside reading and writing the
// same request with openrtb2's types, which is what a bidder would do otherwise, before it decrypts anything.
func BenchmarkBid(b *testing.B) {
	request := requestWithToken(b)
	bidder, err := newBidder()
	if err != nil {
		b.Fatal(err)
	}

	b.Run("find, decrypt, annotate", func(b *testing.B) {
		var dst []byte
		b.ReportAllocs()
		for b.Loop() {
			if dst, err = bidder.annotate(dst[:0], request, fixtures.NowMs); err != nil {
				b.Fatal(err)
			}
		}
		if !strings.Contains(string(dst), `"raw":`) {
			b.Fatal("no raw UID")
		}
	})
	b.Run("unmarshal and marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var parsed openrtb2.BidRequest
			if err := json.Unmarshal(request, &parsed); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(&parsed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
