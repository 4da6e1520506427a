//go:build go1.24

package openrtb_test

import (
	"encoding/json"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// success is the annotation of a good token.
var success = openrtb.Edit{Action: openrtb.Annotate, Annotation: openrtb.Annotation{
	Status: "Success", Raw: "oKg0ZY9ieD/CGMEjAA0kcq+8aUbLMBG0MgCT3kWUnJs=", OptedOut: openrtb.OptedOutFalse, Type: "email",
	Version: 4, EstablishedMs: 1700000000000, ExpiresMs: 1700086400000, SiteID: 123, HasSiteID: true,
}}

func annotate(openrtb.Source, string) openrtb.Edit { return success }

// BenchmarkAnnotateRequest reads a request of 3.6 KB. "token" has one UID2 at its end, after three
// other eids; "none" has only those three.
func BenchmarkAnnotateRequest(b *testing.B) {
	for _, c := range []struct {
		name string
		req  []byte
	}{{"token", realistic(b)}, {"none", withoutTokens(b)}} {
		b.Run(c.name, func(b *testing.B) {
			var dst []byte
			b.SetBytes(int64(len(c.req)))
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = openrtb.AnnotateRequest(dst[:0], c.req, annotate); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRemoveForgeries reads the requests of BenchmarkAnnotateRequest, which have no forgery:
// for "token" and "none" a quick search is enough; "suspect" has a key that could be uid2, and is
// read as a whole; "forged" has a forgery.
func BenchmarkRemoveForgeries(b *testing.B) {
	forged := must(b, realistic(b), annotate)
	for _, c := range []struct {
		name string
		req  []byte
		want int
	}{
		{"token", realistic(b), 0}, {"none", withoutTokens(b), 0},
		{"suspect", append([]byte(`{"uid2":0,`), realistic(b)[1:]...), 0}, {"forged", forged, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			var dst []byte
			b.SetBytes(int64(len(c.req)))
			b.ReportAllocs()
			for b.Loop() {
				var removed int
				var err error
				if dst, removed, err = openrtb.RemoveForgeries(dst[:0], c.req); removed != c.want || err != nil {
					b.Fatal(removed, err)
				}
			}
		})
	}
}

// BenchmarkAnnotateUser annotates the same user, in the form of OpenRTB 2.6 and of 2.5.
func BenchmarkAnnotateUser(b *testing.B) {
	for _, c := range []struct {
		name string
		user *openrtb2.User
	}{{"2.6", userOf(b, realistic(b))}, {"2.5", inExt(b, userOf(b, realistic(b)))}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, changed, err := openrtb.AnnotateUser(c.user, annotate); err != nil || !changed {
					b.Fatal(changed, err)
				}
			}
		})
	}
}

// BenchmarkUIDs only reads them, of the same user and of the request in bytes.
func BenchmarkUIDs(b *testing.B) {
	new26, req := userOf(b, realistic(b)), realistic(b)
	old25 := inExt(b, new26)
	for _, c := range []struct {
		name string
		read func() (n int)
	}{
		{"2.6", func() (n int) {
			for uid := range openrtb.UIDs(new26) {
				n += len(uid.ID)
			}
			return n
		}},
		{"2.5", func() (n int) {
			for uid := range openrtb.UIDs(old25) {
				n += len(uid.ID)
			}
			return n
		}},
		{"raw", func() (n int) {
			for uid := range openrtb.UIDsRaw(req) {
				n += len(uid.ID)
			}
			return n
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c.read() == 0 {
					b.Fatal("no uid")
				}
			}
		})
	}
}

func BenchmarkNameRaw(b *testing.B) {
	req := realistic(b)
	b.ReportAllocs()
	for b.Loop() {
		openrtb.NameRaw(req)
	}
}

// BenchmarkStandardLibrary is for comparison, with the same request: "valid" only validates it,
// "roundtrip" unmarshals it into structs and marshals them.
func BenchmarkStandardLibrary(b *testing.B) {
	req := realistic(b)
	b.Run("valid", func(b *testing.B) {
		b.SetBytes(int64(len(req)))
		for b.Loop() {
			if !json.Valid(req) {
				b.Fatal("invalid")
			}
		}
	})
	b.Run("roundtrip", func(b *testing.B) {
		b.SetBytes(int64(len(req)))
		b.ReportAllocs()
		for b.Loop() {
			var r openrtb2.BidRequest
			if err := json.Unmarshal(req, &r); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(&r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
