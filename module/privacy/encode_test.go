package privacy_test

import (
	"encoding/base64"
	"testing"

	gpplib "github.com/prebid/go-gpp"
	"github.com/prebid/go-gpp/constants"
	"github.com/prebid/go-gpp/sections"
	"github.com/prebid/go-gpp/sections/uspca"
	"github.com/prebid/go-gpp/sections/uspco"
	"github.com/prebid/go-gpp/sections/uspct"
	"github.com/prebid/go-gpp/sections/uspnat"
	"github.com/prebid/go-gpp/sections/usput"
	"github.com/prebid/go-gpp/sections/uspva"
)

// bitWriter writes numbers bit by bit, the highest first.
type bitWriter struct {
	data []byte
	n    int
}

func (w *bitWriter) put(value uint64, width int) {
	for i := width - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[w.n/8] |= byte(value>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *bitWriter) text() string { return base64.RawURLEncoding.EncodeToString(w.data) }

// tcf makes a TCF string: a version, the purposes and vendors consented to.
func tcf(version uint64, purposes, vendors []int) string {
	var w bitWriter
	w.put(version, 6)
	w.put(16000000000, 36) // created, deciseconds
	w.put(16000000000, 36) // updated
	w.put(7, 12)           // consent manager
	w.put(1, 12)
	w.put(1, 6)
	w.put('E'-'A', 6)
	w.put('N'-'A', 6)
	w.put(150, 12) // vendor list
	w.put(4, 6)    // policy
	w.put(1, 1)    // for this service only
	w.put(0, 1)
	w.put(0, 12) // special features
	set(&w, purposes, 24)
	w.put(0, 24) // legitimate interests
	w.put(0, 1)
	w.put('D'-'A', 6)
	w.put('E'-'A', 6)
	w.put(40, 16) // highest vendor
	w.put(0, 1)   // as bits
	set(&w, vendors, 40)
	w.put(0, 16) // legitimate interests: no vendor
	w.put(0, 1)
	w.put(0, 12) // no publisher restrictions
	return w.text()
}

func set(w *bitWriter, members []int, width int) {
	var value uint64
	for _, m := range members {
		value |= 1 << (width - m)
	}
	w.put(value, width)
}

// answers are what a US section says, in the words of the specification.
type answers struct{ sale, sharing, advertising, child, gpc byte }

// usSections makes every US section of go-gpp, an encoder that knows nothing of our reader.
func usSections(a answers) map[constants.SectionID]gpplib.Section {
	gpc := sections.CommonUSGPCSegment{SubsectionType: 1, Gpc: a.gpc == 1}
	common := func(sensitive, children int) sections.CommonUSCoreSegment {
		return sections.CommonUSCoreSegment{
			Version: 1, SharingNotice: 1, SaleOptOutNotice: 1, TargetedAdvertisingOptOutNotice: 1,
			SaleOptOut: a.sale, TargetedAdvertisingOptOut: a.advertising,
			SensitiveDataProcessing:         repeated(2, sensitive),
			KnownChildSensitiveDataConsents: last(a.child, children),
			MspaCoveredTransaction:          1, MspaOptOutOptionMode: 2, MspaServiceProviderMode: 2,
		}
	}
	californian := a.sharing // which covers advertising there
	if a.advertising == 1 {
		californian = 1
	}
	return map[constants.SectionID]gpplib.Section{
		constants.SectionUSPNAT: uspnat.USPNAT{SectionID: constants.SectionUSPNAT, GPCSegment: gpc, CoreSegment: uspnat.USPNATCoreSegment{
			Version: 1, SharingNotice: 1, SaleOptOutNotice: 1, SharingOptOutNotice: 1, TargetedAdvertisingOptOutNotice: 1,
			SaleOptOut: a.sale, SharingOptOut: a.sharing, TargetedAdvertisingOptOut: a.advertising,
			SensitiveDataProcessing:         repeated(2, 12),
			KnownChildSensitiveDataConsents: last(a.child, 2),
			MspaCoveredTransaction:          1,
		}},
		constants.SectionUSPCA: uspca.USPCA{SectionID: constants.SectionUSPCA, GPCSegment: gpc, CoreSegment: uspca.USPCACoreSegment{
			Version: 1, SaleOptOutNotice: 1, SharingOptOutNotice: 1, SensitiveDataLimitUseNotice: 1,
			SaleOptOut: a.sale, SharingOptOut: californian,
			SensitiveDataProcessing:         repeated(2, 9),
			KnownChildSensitiveDataConsents: last(a.child, 2),
			MspaCoveredTransaction:          1,
		}},
		constants.SectionUSPVA: uspva.USPVA{SectionID: constants.SectionUSPVA, CoreSegment: common(8, 1)},
		constants.SectionUSPCO: uspco.USPCO{SectionID: constants.SectionUSPCO, GPCSegment: gpc, CoreSegment: common(7, 1)},
		constants.SectionUSPUT: usput.USPUT{SectionID: constants.SectionUSPUT, CoreSegment: usput.USPUTCoreSegment{
			Version: 1, SharingNotice: 1, SaleOptOutNotice: 1, TargetedAdvertisingOptOutNotice: 1,
			SaleOptOut: a.sale, TargetedAdvertisingOptOut: a.advertising,
			SensitiveDataProcessing:         repeated(2, 8),
			KnownChildSensitiveDataConsents: a.child,
			MspaCoveredTransaction:          1,
		}},
		constants.SectionUSPCT: uspct.USPCT{SectionID: constants.SectionUSPCT, GPCSegment: gpc, CoreSegment: common(8, 3)},
	}
}

func repeated(answer byte, n int) []byte {
	field := make([]byte, n)
	for i := range field {
		field[i] = answer
	}
	return field
}

// last is n answers of which the last is this one.
func last(answer byte, n int) []byte {
	field := make([]byte, n)
	field[n-1] = answer
	return field
}

func encodeGPP(t testing.TB, list ...gpplib.Section) string {
	t.Helper()
	text, err := gpplib.Encode(list)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
