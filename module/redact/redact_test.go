package redact_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

// manyRaws are raw UIDs of both lengths, always the same ones.
func manyRaws(n int) []string {
	raws := make([]string, n)
	for i := range raws {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		raw := sum[:]
		if i%2 == 1 {
			raw = append([]byte{0xA1}, raw...)
		}
		raws[i] = base64.StdEncoding.EncodeToString(raw)
	}
	return raws
}

// rawWith is a raw UID that starts and ends with the given characters. No two are alike elsewhere.
func rawWith(start, end string) string {
	sum := sha256.Sum256([]byte(start))
	raw := start + "x+/+" + base64.RawStdEncoding.EncodeToString(sum[:])
	return raw[:43-len(end)] + end + "="
}

// encoders are ways in which text comes back from others. Each may be put on top of any other.
var encoders = []struct {
	name   string
	encode func(string) string
}{
	{"plain", func(s string) string { return s }},
	{"without padding", func(s string) string { return strings.TrimRight(s, "=") }},
	{"base64url", strings.NewReplacer("+", "-", "/", "_").Replace},
	{"JSON", func(s string) string { return strings.Trim(string(marshal(s)), `"`) }},
	{"JSON with slashes", func(s string) string {
		return strings.ReplaceAll(strings.Trim(string(marshal(s)), `"`), "/", `\/`)
	}},
	{"unicode", replaceEach(isSpecial, `\u%04x`)},
	{"unicode, capitals", replaceEach(isSpecial, `\u%04X`)},
	{"unicode, all", replaceEach(isAny, `\u%04x`)},
	{"script", replaceEach(isSpecial, `\x%02x`)},
	{"query", url.QueryEscape},
	{"path", url.PathEscape},
	{"percent, all", replaceEach(isAny, "%%%02x")},
	{"HTML", html.EscapeString},
	{"html/template", template.HTMLEscapeString},
	{"html/template, attribute", func(s string) string {
		var out strings.Builder
		if err := template.Must(template.New("").Parse(`{{.}}`)).Execute(&out, s); err != nil {
			panic(err)
		}
		return out.String()
	}},
	{"numbers", replaceEach(isSpecial, "&#%d;")},
	{"numbers with zeros", replaceEach(isSpecial, "&#00%d;")},
	{"hexadecimal numbers", replaceEach(isSpecial, "&#x%x;")},
	{"hexadecimal numbers, capitals", replaceEach(isSpecial, "&#X%X;")},
	{"numbers, all", replaceEach(isAny, "&#%d;")},
	{"names", strings.NewReplacer("&", "&amp;", "+", "&plus;", "/", "&sol;", "=", "&equals;", "_", "&lowbar;", "#", "&num;", ";", "&semi;", "%", "&percnt;", `\`, "&bsol;").Replace},
}

func isSpecial(c byte) bool {
	return !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z')
}
func isAny(byte) bool { return true }

func replaceEach(which func(byte) bool, format string) func(string) string {
	return func(s string) string {
		var out strings.Builder
		for i := range len(s) {
			if which(s[i]) {
				fmt.Fprintf(&out, format, s[i])
			} else {
				out.WriteByte(s[i])
			}
		}
		return out.String()
	}
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// Every encoder on top of every other on top of a third.
func TestEveryMixtureOfThreeEncodings(t *testing.T) {
	raws := append(manyRaws(2), rawWith("+/", "A"), rawWith("u0041", "+"), rawWith("41", "/"), rawWith("n", "/"))
	set := redact.New(raws)
	for _, raw := range raws {
		for _, first := range encoders {
			for _, second := range encoders {
				for _, third := range encoders {
					encoded := third.encode(second.encode(first.encode(raw)))
					for _, around := range [][2]string{{"", ""}, {`{"a":"`, `"}`}, {"?u=", "&x=1"}, {"<i>", "</i>"}} {
						text := around[0] + encoded + around[1]
						clean, found := set.String(text)
						if want := around[0] + redact.Replacement + around[1]; found != 1 || clean != want {
							t.Fatalf("%s, %s, %s: %d found, %q, want %q", first.name, second.name, third.name, found, clean, want)
						}
					}
				}
			}
		}
	}
}

// A stray percent sign or backslash takes what follows for its own.
func TestStrayEscapesBefore(t *testing.T) {
	starts := []string{"41", "4A", "25", "252B", "u0041", "u005cu0041", "0041", "041", "x41", "31", "u0031", "n3", "/41", "2", "A", "b"}
	var raws []string
	for _, start := range starts {
		raws = append(raws, rawWith(start, "/"))
	}
	set := redact.New(raws)
	for _, raw := range raws {
		for _, before := range []string{"%", "%%", "100%", "%2", "%4", "%25", "%252", `\`, `\\`, `\\\`, `\u`, `\u0`, `\u00`, `\u004`, `\\u004`, `\x`, `\x4`, "&", "&#", "&#4", "&#x", "&amp", "#", ";", `\u00%4`, "%5C", `%5C\`, "%5Cu00"} {
			for _, encode := range []func(string) string{encoders[0].encode, replaceEach(isAny, `\u%04x`), replaceEach(isAny, "%%%02X"), url.QueryEscape,
				func(s string) string { return fmt.Sprintf(`\u%04x`, s[0]) + s[1:] }} {
				text := before + encode(raw) + " "
				if strings.HasPrefix(raw, "u005c") && encode("A") != "A" || strings.HasPrefix(raw, "252B") && encode("A") == `\u0041` && encode("AA") != `\u0041A` {
					continue // an escape whose escape is escaped reaches too far back
				}
				clean, found := set.String(text)
				if found != 1 || !strings.HasSuffix(clean, redact.Replacement+" ") || !strings.HasPrefix(before, strings.TrimSuffix(clean, redact.Replacement+" ")) {
					t.Errorf("%q: %d found, %q", text, found, clean)
				}
			}
		}
	}
}

func TestPaddingBelongsToTheMatch(t *testing.T) {
	short, long := manyRaws(2)[0], manyRaws(2)[1]
	set := redact.New([]string{short, long})
	bare := strings.TrimSuffix(short, "=")
	for text, want := range map[string]string{
		short + "=":            "REDACTED=",
		bare + "%3D=":          "REDACTED=",
		bare + "%253d":         "REDACTED",
		bare + `\u003d\u003d`:  `REDACTED\u003d`,
		bare + "&#61;&equals;": "REDACTED&equals;",
		bare + "x=":            "REDACTEDx=",
		bare + `%\=`:           `REDACTED%\=`,
		bare + "%3":            "REDACTED%3",
		bare:                   "REDACTED",
		long + "=":             "REDACTED=",
		long + "%3D":           "REDACTED%3D",
		short + long + bare:    "REDACTEDREDACTEDREDACTED",
	} {
		if clean, _ := set.String(text); clean != want {
			t.Errorf("%q: %q, want %q", text, clean, want)
		}
	}
}

// What stands before a raw UID stays, as far as it is no escape that a match would cut in two.
func TestWhatIsBeforeStays(t *testing.T) {
	raw := rawWith("0041", "/")
	set := redact.New([]string{raw})
	for before, want := range map[string]string{
		`\nab`: `\nab`, `\n`: `\n`, `x\\`: "x", `x\\\u1`: "x", `\"`: `\"`, `\u12345`: `\u12345`, "a": "a", "a=": "a=", "ab/": "ab/", "%zz": "%zz", "&amp;": "&amp;",
	} {
		if clean, _ := set.String(before + raw); clean != want+redact.Replacement {
			t.Errorf("%s before a raw UID: %s", before, clean)
		}
	}
}

// An escape that was escaped before another one begins.
func TestEscapesThatAreEscapedInPart(t *testing.T) {
	raw := rawWith("a", "+")
	set := redact.New([]string{raw})
	for _, plus := range []string{`%5C\u0075\u0030\u0030\u0032\u0062`, `&#92;\u0075002b`, `\u005c\u005cu002b`, `%5C%5Cu002b`, `%5Cu%30%302b`, `%%325%32%42`} {
		if clean, found := set.String(strings.ReplaceAll(raw, "+", plus)); found != 1 || clean != redact.Replacement {
			t.Errorf("%s for a plus: %s", plus, clean)
		}
	}
}

func TestThousandsOfRawUIDs(t *testing.T) {
	raws := manyRaws(5000)
	text := strings.Join(raws, " ")
	if clean, found := redact.New(raws).String(text); found != len(raws) || len(clean) != len(raws)*(len(redact.Replacement)+1)-1 {
		t.Errorf("%d of %d found", found, len(raws))
	}
}

func TestNothingFound(t *testing.T) {
	raws := manyRaws(64)
	set := redact.New(raws)
	for _, raw := range raws[:8] {
		bare := strings.TrimSuffix(raw, "=")
		for _, text := range []string{"", bare[1:], bare[:len(bare)-1], bare[:20] + " " + bare[20:], strings.ToLower(bare), bare[:10] + `\u0000` + bare[10:], bare[:9] + "%2" + bare[9:], bare[:20] + `"` + bare[20:]} {
			in := []byte(text)
			var clean []byte
			found := -1
			if n := testing.AllocsPerRun(10, func() { clean, found = set.Bytes(in) }); n != 0 {
				t.Errorf("%g allocations", n)
			}
			if found != 0 || !bytes.Equal(clean, in) || len(in) > 0 && &clean[0] != &in[0] {
				t.Errorf("%q: %d found", text, found)
			}
		}
	}
	if _, found := redact.New(nil).String(raws[0]); found != 0 {
		t.Error("the empty set found something")
	}
}

func TestTheTextStaysAsItWas(t *testing.T) {
	raw := manyRaws(1)[0]
	text := []byte("<" + raw + ">")
	before := bytes.Clone(text)
	if clean, found := redact.New([]string{raw, raw}).Bytes(text); found != 1 || string(clean) != "<REDACTED>" || !bytes.Equal(text, before) {
		t.Errorf("%d found, %q, %q", found, clean, text)
	}
}

// Nobody's raw UID is in the panic.
func TestNewPanicsWithoutTheText(t *testing.T) {
	for _, text := range []string{"", "short", manyRaws(2)[1] + "A", strings.Repeat("!", 43), manyRaws(1)[0] + "="} {
		func() {
			defer func() {
				if got := recover(); got == nil || text != "" && strings.Contains(fmt.Sprint(got), text) {
					t.Errorf("%q: %v", text, got)
				}
			}()
			redact.New([]string{text})
		}()
	}
}

// TestLinear counts the steps that hostile text costs, beside reading each byte once.
func TestLinear(t *testing.T) {
	raws := manyRaws(64)
	for i := 0; i < len(raws); i += 2 { // half of them differ at their ends only
		raws[i] = raws[0][:34] + raws[i][34:]
	}
	set := redact.New(append(raws, rawWith("41", "A"), rawWith("u0041", "A")))
	long := strings.TrimSuffix(raws[0], "=")
	for name, text := range map[string]string{
		"backslashes":             `\`,
		"percent signs":           "%",
		"percent, nested":         "%2525252525252525252525252525",
		"references":              "&amp;amp;amp;amp;",
		"numbers":                 "&#000000000000000000000000000043;",
		"zeros":                   "&#" + strings.Repeat("0", 100),
		"ampersands":              "&",
		"semicolons":              ";",
		"words and semicolons":    strings.Repeat("a", 33) + ";",
		"nested of all":           `\u0026#x25;5Cu002526%2523;`,
		"pending":                 `&#\u00%`,
		"end of a raw UID":        long[len(long)-8:],
		"longer end":              long[len(long)-31:],
		"all but the first":       long[1:] + " ",
		"all but the first, open": "." + long[1:],
		"start of a raw UID":      long[:20],
		"nearly, escaped":         "%41" + rawWith("41", "A")[3:43],
		"nearly, many escapes":    `\u0034\u0031\u0033\u0034\u0035\u0036\u0037\u0038\u0039` + rawWith("41", "A")[9:43],
		"nearly, behind run":      strings.Repeat(`\`, 20) + "u0041" + rawWith("u0041", "A")[6:43],
	} {
		text = strings.Repeat(text, 1<<18/len(text))
		before := set.Steps()
		set.String(text)
		if perByte := float64(set.Steps()-before) / float64(len(text)); perByte > 16 {
			t.Errorf("%s: %.1f steps for each byte", name, perByte)
		} else {
			t.Logf("%s: %.2f", name, perByte)
		}
	}
}
