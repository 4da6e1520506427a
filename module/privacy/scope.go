package privacy

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// Scope says whether GDPR applies to requests that don't say so themselves. The zero value says that it doesn't.
type Scope struct {
	byDefault bool
	countries map[string]struct{} // in capital letters
}

// ErrCountry is what [NewScope] returns for a country that can't be one.
var ErrCountry = errors.New("a country is a code of two or three letters")

// maxCountry is how long a country's code is at most.
const maxCountry = 3

// NewScope makes a Scope. GDPR applies in the countries, whose codes are in any letter case, and byDefault says
// whether it does where the country isn't known.
func NewScope(byDefault bool, countries []string) (Scope, error) {
	s := Scope{byDefault: byDefault, countries: make(map[string]struct{}, len(countries))}
	for _, country := range countries {
		var code [maxCountry]byte
		n, ok := upper(&code, country)
		if !ok || n < 2 || !letters(country) {
			return Scope{}, ErrCountry
		}
		s.countries[string(code[:n])] = struct{}{}
	}
	return s, nil
}

func letters(country string) bool {
	for i := range len(country) {
		if c := country[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// DefaultCountries returns where Prebid Server takes GDPR to apply if it isn't told anything else: the European
// Economic Area with its outlying parts, and the United Kingdom with its islands.
func DefaultCountries() []string {
	return []string{
		"ALA", "AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "GUF", "DEU", "GIB", "GRC",
		"GLP", "GGY", "HUN", "ISL", "IRL", "IMN", "ITA", "JEY", "LVA", "LIE", "LTU", "LUX", "MLT", "MTQ", "MYT",
		"NLD", "NOR", "POL", "PRT", "REU", "ROU", "BLM", "MAF", "SPM", "SVK", "SVN", "ESP", "SWE", "GBR",
	}
}

// applies reports whether GDPR applies to a request that doesn't say so. It does wherever Prebid Server says
// that it does, which asks user.geo, or device.geo if there is none, and takes any unlisted code of three
// letters for a country without GDPR. Here a listed country counts in either place.
func (s *Scope) applies(req *openrtb2.BidRequest) bool {
	var geo *openrtb2.Geo
	if req.Device != nil && req.Device.Geo != nil {
		geo = req.Device.Geo
	}
	if req.User != nil && req.User.Geo != nil {
		if geo != nil && s.listed(geo.Country) {
			return true
		}
		geo = req.User.Geo
	}
	switch {
	case geo == nil:
		return s.byDefault
	case s.listed(geo.Country):
		return true
	}
	return s.byDefault && len(geo.Country) != maxCountry
}

func (s *Scope) listed(country string) bool {
	var code [maxCountry]byte
	n, ok := upper(&code, country)
	_, listed := s.countries[string(code[:n])]
	return ok && listed
}

// upper writes a country's code in capital letters, and reports whether it may be one. As in Prebid Server, all
// letters count whose capital form is the wanted one, ſ and ı too.
func upper(code *[maxCountry]byte, country string) (n int, ok bool) {
	for _, r := range country {
		r = unicode.ToUpper(r)
		if n == len(code) || r >= utf8.RuneSelf {
			return n, false
		}
		code[n] = byte(r)
		n++
	}
	return n, true
}
