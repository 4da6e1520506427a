package privacy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// gppOf makes a GPP string: a header of entries, each from an id to another one, and sections.
func gppOf(entries [][2]int, sections ...string) string {
	var w bitWriter
	w.put(3, 6) // type
	w.put(1, 6) // version
	w.put(uint64(len(entries)), 12)
	last := 0
	for _, e := range entries {
		if e[0] == e[1] {
			w.put(0, 1)
			w.fibonacci(e[0] - last)
		} else {
			w.put(1, 1)
			w.fibonacci(e[0] - last)
			w.fibonacci(e[1] - e[0])
		}
		last = e[1]
	}
	return strings.Join(append([]string{w.text()}, sections...), "~")
}

// fibonacci writes a number as a sum of Fibonacci numbers, the smallest first, and one more bit.
func (w *bitWriter) fibonacci(n int) {
	numbers := []int{1, 2}
	for numbers[len(numbers)-1] <= n {
		numbers = append(numbers, numbers[len(numbers)-1]+numbers[len(numbers)-2])
	}
	numbers = numbers[:len(numbers)-1]
	digits := make([]uint64, len(numbers))
	for i := len(numbers) - 1; i >= 0; i-- {
		if numbers[i] <= n {
			n -= numbers[i]
			digits[i] = 1
		}
	}
	for _, d := range append(digits, 1) {
		w.put(d, 1)
	}
}

// optedOut asks the GPP gate alone about a string and the ids that apply.
func optedOut(t *testing.T, text, ids string) bool {
	t.Helper()
	_, closed := only(privacy.GPP).Closed(request(t, fmt.Sprintf(`{"regs":{"gpp":"%s","gpp_sid":[%s]}}`, text, ids)))
	return closed
}

// watch is what a field of a section is to us.
type watch int

const (
	notice watch = iota // nothing
	optOut
	child
)

// field is some answers of two bits each.
type field struct {
	name  string
	n     int
	watch watch
}

var mspa = []field{{"MspaCoveredTransaction", 1, notice}, {"MspaOptOutOptionMode", 1, notice}, {"MspaServiceProviderMode", 1, notice}}

// usFields has the fields of the US sections behind the version, in the order of the IAB's specifications.
var usFields = map[[2]int][]field{
	{7, 1}: append([]field{
		{"SharingNotice", 1, notice}, {"SaleOptOutNotice", 1, notice}, {"SharingOptOutNotice", 1, notice},
		{"TargetedAdvertisingOptOutNotice", 1, notice}, {"SensitiveDataProcessingOptOutNotice", 1, notice},
		{"SensitiveDataLimitUseNotice", 1, notice}, {"SaleOptOut", 1, optOut}, {"SharingOptOut", 1, optOut},
		{"TargetedAdvertisingOptOut", 1, optOut}, {"SensitiveDataProcessing", 12, notice},
		{"KnownChildSensitiveDataConsents", 2, child}, {"PersonalDataConsents", 1, notice},
	}, mspa...),
	{7, 2}: append([]field{
		{"SharingNotice", 1, notice}, {"SaleOptOutNotice", 1, notice}, {"SharingOptOutNotice", 1, notice},
		{"TargetedAdvertisingOptOutNotice", 1, notice}, {"SensitiveDataProcessingOptOutNotice", 1, notice},
		{"SensitiveDataLimitUseNotice", 1, notice}, {"SaleOptOut", 1, optOut}, {"SharingOptOut", 1, optOut},
		{"TargetedAdvertisingOptOut", 1, optOut}, {"SensitiveDataProcessing", 16, notice},
		{"KnownChildSensitiveDataConsents", 3, child}, {"PersonalDataConsents", 1, notice},
	}, mspa...),
	{8, 1}: append([]field{
		{"SaleOptOutNotice", 1, notice}, {"SharingOptOutNotice", 1, notice}, {"SensitiveDataLimitUseNotice", 1, notice},
		{"SaleOptOut", 1, optOut}, {"SharingOptOut", 1, optOut}, {"SensitiveDataProcessing", 9, notice},
		{"KnownChildSensitiveDataConsents", 2, child}, {"PersonalDataConsents", 1, notice},
	}, mspa...),
	{9, 1}:  append(stateFields(8, 1), mspa...),
	{10, 1}: append(stateFields(7, 1), mspa...),
	{11, 1}: append([]field{
		{"SharingNotice", 1, notice}, {"SaleOptOutNotice", 1, notice}, {"TargetedAdvertisingOptOutNotice", 1, notice},
		{"SensitiveDataProcessingOptOutNotice", 1, notice}, {"SaleOptOut", 1, optOut},
		{"TargetedAdvertisingOptOut", 1, optOut}, {"SensitiveDataProcessing", 8, notice},
		{"KnownChildSensitiveDataConsents", 1, child},
	}, mspa...),
	{12, 1}: append(stateFields(8, 3), mspa...),
}

// stateFields are the fields that Virginia, Colorado and Connecticut share.
func stateFields(sensitive, children int) []field {
	return []field{
		{"SharingNotice", 1, notice}, {"SaleOptOutNotice", 1, notice}, {"TargetedAdvertisingOptOutNotice", 1, notice},
		{"SaleOptOut", 1, optOut}, {"TargetedAdvertisingOptOut", 1, optOut}, {"SensitiveDataProcessing", sensitive, notice},
		{"KnownChildSensitiveDataConsents", children, child},
	}
}

// closes says what an answer means: opt-outs are 0 not applicable, 1 opted out, 2 did not opt out, and consents for
// children 0 not applicable, 1 no consent, 2 consent, either of which there is only for a child. 3 has no meaning.
var closes = map[watch][4]bool{
	notice: {false, false, false, false},
	optOut: {false, true, false, true},
	child:  {false, true, true, true},
}

// section makes a section in which nothing closes but what one answer says. Other opt-outs have the answer kept.
func section(version int, fields []field, kept, at int, answer uint64) string {
	var w bitWriter
	w.put(uint64(version), 6)
	i := 0
	for _, f := range fields {
		for range f.n {
			value := uint64(kept)
			if f.watch == child {
				value = 0
			}
			if i == at {
				value = answer
			}
			w.put(value, 2)
			i++
		}
	}
	return w.text()
}

// Every answer of every field of every section.
func TestUSFields(t *testing.T) {
	for layout, fields := range usFields {
		id, version := layout[0], layout[1]
		at := 0
		for _, f := range fields {
			for i := range f.n {
				for answer := range uint64(4) {
					for _, kept := range []int{0, 2} {
						text := gppOf([][2]int{{id, id}}, section(version, fields, kept, at, answer))
						if got := optedOut(t, text, fmt.Sprint(id)); got != closes[f.watch][answer] {
							t.Errorf("section %d, version %d, %s %d: %d closes: %v", id, version, f.name, i, answer, got)
						}
					}
				}
				at++
			}
		}
	}
}

// A section that ends before the last answer that matters can't be read.
func TestUSSectionsCutOff(t *testing.T) {
	for layout, fields := range usFields {
		id := layout[0]
		text := section(layout[1], fields, 2, -1, 0)
		bits, needed := 6, 0
		for _, f := range fields {
			bits += 2 * f.n
			if f.watch == child {
				needed = bits
			}
		}
		for n := range len(text) + 1 {
			want := n < (needed+5)/6
			if got := optedOut(t, gppOf([][2]int{{id, id}}, text[:n]), fmt.Sprint(id)); got != want {
				t.Errorf("section %d, version %d, %d characters of %d: closes %v", id, layout[1], n, len(text), got)
			}
		}
	}
}

// Sections of other versions and numbers can't be read, whatever is in them.
func TestUnknownSections(t *testing.T) {
	open := section(1, usFields[[2]int{7, 1}], 0, -1, 0)
	for id := 1; id <= 127; id++ {
		if id == 2 {
			continue // is GDPR's
		}
		want := id < 7 || id > 12
		if got := optedOut(t, gppOf([][2]int{{id, id}}, open), fmt.Sprint(id)); got != want {
			t.Errorf("section %d: closes %v", id, got)
		}
	}
	for version := range 64 {
		for id := 7; id <= 12; id++ {
			_, known := usFields[[2]int{id, version}]
			text := section(version, usFields[[2]int{7, 2}], 0, -1, 0)
			if got := optedOut(t, gppOf([][2]int{{id, id}}, text), fmt.Sprint(id)); got == known {
				t.Errorf("section %d, version %d: closes %v", id, version, got)
			}
		}
	}
}

func TestGPCSegments(t *testing.T) {
	for text, want := range map[string]bool{
		"BVVqAAAAAgA":          false,
		"BVVqAAAAAgA.QA":       false, // kind 1, not set
		"BVVqAAAAAgA.YA":       true,
		"BVVqAAAAAgA.Q":        false,
		"BVVqAAAAAgA.Y":        true,
		"BVVqAAAAAgA.X":        false, // what follows the bit means nothing
		"BVVqAAAAAgA.AA":       true,  // kind 0
		"BVVqAAAAAgA.gA":       true,  // kind 2
		"BVVqAAAAAgA.wA":       true,  // kind 3
		"BVVqAAAAAgA.":         true,
		"BVVqAAAAAgA.!":        true,
		"BVVqAAAAAgA.Q!":       true,
		"BVVqAAAAAgA.QA.QA":    false,
		"BVVqAAAAAgA.QA.YA":    true,
		"BVVqAAAAAgA.YA.QA":    true,
		"BVVqAAAAAgA.QA.":      true,
		".QA":                  true,
		"":                     true,
		"BVVqAAAAAgA!":         true, // junk behind a readable start
		"BVVqAAAAAgA====":      true,
		"BVVqAAAAAgA\\n":       true,
		"BVVqAAAAAgA QA":       true,
		"BVVqAAAAAgA\u00fc":    true,
		"BVVqAAAAAgA+/":        true,
		"BVVqAAAAAgAAAAAAAAAA": false, // longer than the fields that are known
		"BVVqAAAAAg-_":         false,
	} {
		if got := optedOut(t, "DBABLA~"+text, "7"); got != want {
			t.Errorf("%s: closes %v", text, got)
		}
	}
}

// The sections of a string are those that its header names, no more and no fewer.
func TestHeaders(t *testing.T) {
	const open, out, sale, kept = "BVVqAAAAAgA.QA", "BVVVAAAAAgA.QA", "1YYN", "1YNN"
	virginia, utah := section(1, usFields[[2]int{9, 1}], 2, -1, 0), section(1, usFields[[2]int{11, 1}], 2, -1, 0)
	type entries = [][2]int
	for name, c := range map[string]struct {
		text, ids string
		want      bool
	}{
		"one":                      {gppOf(entries{{7, 7}}, open), "7", false},
		"the first of two":         {gppOf(entries{{6, 6}, {7, 7}}, kept, out), "6", false},
		"the second of two":        {gppOf(entries{{6, 6}, {7, 7}}, sale, open), "7", false},
		"both":                     {gppOf(entries{{6, 6}, {7, 7}}, kept, open), "6,7", false},
		"the first closes":         {gppOf(entries{{6, 6}, {7, 7}}, sale, open), "6,7", true},
		"the second closes":        {gppOf(entries{{6, 6}, {7, 7}}, kept, out), "6,7", true},
		"a range":                  {gppOf(entries{{6, 7}}, kept, open), "6,7", false},
		"first of a range":         {gppOf(entries{{6, 7}}, sale, open), "6", true},
		"second of a range":        {gppOf(entries{{6, 7}}, kept, out), "7", true},
		"between two":              {gppOf(entries{{7, 7}, {9, 9}}, open, open), "8", true},
		"between ranges":           {gppOf(entries{{6, 7}, {9, 10}}, kept, open, open, open), "8", true},
		"behind a range":           {gppOf(entries{{6, 7}, {9, 9}}, sale, out, virginia), "9", false},
		"before a range":           {gppOf(entries{{7, 7}, {9, 11}}, open, out, out, out), "7", false},
		"last of a second range":   {gppOf(entries{{6, 7}, {9, 11}}, sale, out, out, out, utah), "11", false},
		"middle of a range":        {gppOf(entries{{8, 10}}, out, virginia, out), "9", false},
		"not there":                {gppOf(entries{{7, 7}}, open), "8", true},
		"one of two not there":     {gppOf(entries{{7, 7}}, open), "7,8", true},
		"one section for two":      {gppOf(entries{{6, 6}, {7, 7}}, kept), "6", true},
		"one section for a range":  {gppOf(entries{{6, 7}}, kept), "6", true},
		"two sections for one":     {gppOf(entries{{6, 6}}, kept, open), "6", true},
		"an empty section more":    {gppOf(entries{{6, 6}}, kept, ""), "6", true},
		"no section":               {gppOf(entries{{7, 7}}), "7", true},
		"no section, none named":   {gppOf(nil), "7", true},
		"a section, none named":    {gppOf(nil, open), "7", true},
		"a large number":           {gppOf(entries{{7, 7}, {7 + 28657, 7 + 28657}}, open, "x"), "7", false},
		"too large a number":       {gppOf(entries{{7, 7}, {7 + 46368, 7 + 46368}}, open, "x"), "7", true},
		"numbers beyond gpp_sid":   {gppOf(entries{{7, 7}, {127, 130}, {200, 200}}, open, out, out, out, out, out), "7", false},
		"a range without end":      {gppOf(entries{{7, 20000}}, open), "7", true},
		"TCF beside it":            {gppOf(entries{{2, 2}, {7, 7}}, "nonsense", open), "2,7", false},
		"TCF beside what closes":   {gppOf(entries{{2, 2}, {7, 7}}, "nonsense", out), "2,7", true},
		"TCF alone":                {gppOf(entries{{2, 2}, {7, 7}}, "nonsense", out), "2", false},
		"none beside what closes":  {gppOf(entries{{7, 7}}, out), "-1,7", true},
		"none beside what doesn't": {gppOf(entries{{7, 7}}, open), "-1,0,7", false},
		"what closes beside none":  {gppOf(entries{{7, 7}}, out), "7,-1", true},
		"none":                     {gppOf(entries{{7, 7}}, out), "-1", false},
		"not known yet":            {gppOf(entries{{7, 7}}, out), "0", false},
		"the lowest number":        {gppOf(entries{{7, 7}}, out), "-128", false},
		"nothing said":             {gppOf(entries{{7, 7}}, out), "", false},
		"twice":                    {gppOf(entries{{7, 7}}, open), "7,7", false},
		"another header":           {"EBABLA~" + open, "7", true},
		"another version":          {"DCABLA~" + open, "7", true},
		"no header":                {"~" + open, "7", true},
		"a header cut off":         {"DBAB~" + open, "7", true},
		"a header of junk":         {"DBABLA!~" + open, "7", true},
		"a header that ends soon":  {"DBA~" + open, "7", true},
		"type and version alone":   {"DB", "7", true},
		"a number cut off":         {"DBABI~" + open, "7", true},
		"long":                     {lengthened(open, 8192), "7", false},
		"too long":                 {lengthened(open, 8193), "7", true},
	} {
		if got := optedOut(t, c.text, c.ids); got != c.want {
			t.Errorf("%s: %.60s, [%s]: closes %v", name, c.text, c.ids, got)
		}
	}
}

// lengthened makes a string so long by a section that doesn't apply.
func lengthened(open string, length int) string {
	text := gppOf([][2]int{{7, 7}, {20, 20}}, open, "")
	return text + strings.Repeat("A", length-len(text))
}

// US privacy in its section: as in regs.us_privacy, but it is never empty.
func TestUSPrivacySection(t *testing.T) {
	for text, want := range map[string]bool{"1YNN": false, "1---": false, "1YYN": true, "": true, "1?NN": true, "BVVqAAAAAgA": true} {
		if got := optedOut(t, "DBABTA~"+text, "6"); got != want {
			t.Errorf("%q: closes %v", text, got)
		}
	}
}

// Where regs and regs.ext have GPP, the sections that apply by either are looked for in both.
func TestGPPOfBothGenerations(t *testing.T) {
	const (
		open7, out7 = `"DBABLA~BVVqAAAAAgA.QA"`, `"DBABLA~BVVVAAAAAgA.QA"`
		open6, out6 = `"DBABTA~1YNN"`, `"DBABTA~1YYN"`
	)
	for _, c := range []struct {
		gpp, sid, extGPP, extSID string
		want                     bool
	}{
		{open7, `[7]`, out6, `[6]`, true},
		{open7, `[7]`, open6, `[6]`, false},
		{out7, `[7]`, open6, `[6]`, true},
		{open7, `[7]`, out7, `[7]`, true},
		{out7, `[7]`, open7, `[7]`, true},
		{open7, `[7]`, open7, `[7]`, false},
		{open7, `[-1]`, out6, `[6]`, true},
		{out7, `[7]`, open6, `[-1]`, true},
		{open7, `[7]`, open6, `[-1]`, false},
		{open7, `[-1]`, open6, `[6]`, false},
		{out7, `[-1]`, out6, `[-1]`, false},
		{out7, `[-1]`, out6, `[0]`, false},
		{open7, `[]`, out6, `[6]`, true},
		{open7, `null`, out6, `[6]`, true},
		{`""`, `[7]`, open7, `null`, false}, // the ids of one, the string of the other
		{`""`, `[7]`, out7, `null`, true},
		{open7, `[]`, `""`, `[7]`, false},
		{out7, `[]`, `null`, `[7]`, true},
		{open7, `[7]`, `null`, `[6]`, true}, // 6 is in neither
		{`""`, `[7]`, `null`, `[7]`, true},
		{open7, `[7]`, `"nonsense"`, `null`, true}, // which could hold anything
		{`"nonsense"`, `[7]`, open7, `null`, true},
		{`"nonsense"`, `[]`, `"nonsense"`, `null`, false},
		{open7, `[7]`, `null`, `null`, false},
		{out7, `[7]`, `null`, `null`, true},
	} {
		text := fmt.Sprintf(`{"regs":{"gpp":%s,"gpp_sid":%s,"ext":{"gpp":%s,"gpp_sid":%s}}}`, c.gpp, c.sid, c.extGPP, c.extSID)
		if _, got := only(privacy.GPP).Closed(request(t, text)); got != c.want {
			t.Errorf("%s: closes %v", text, got)
		}
	}
	for text, want := range map[string]bool{
		`{"regs":{"gpp":"DBABLA~BVVVAAAAAgA.QA","gpp_sid":[7],"ext":{"gpc":"0"}}}`: true,
		`{"regs":{"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7],"ext":{"gpc":"0"}}}`: false,
		`{"regs":{"gpp":"DBABLA~BVVVAAAAAgA.QA","gpp_sid":[7],"ext":{}}}`:          true,
		`{"regs":{"ext":{"gpp":"DBABLA~BVVVAAAAAgA.QA","gpp_sid":[7]}}}`:           true,
		`{"regs":{"ext":{"gpp":"DBABLA~BVVqAAAAAgA.QA","gpp_sid":[7]}}}`:           false,
	} {
		if _, got := only(privacy.GPP).Closed(request(t, text)); got != want {
			t.Errorf("%s: closes %v", text, got)
		}
	}
}
