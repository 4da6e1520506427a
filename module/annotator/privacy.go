package annotator

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// privacyFile switches the privacy gates, and says where GDPR applies.
type privacyFile struct {
	COPPA            settings.Scalar `json:"coppa"`
	LMT              settings.Scalar `json:"lmt"`
	USPrivacy        settings.Scalar `json:"us_privacy"`
	GPP              settings.Scalar `json:"gpp"`
	GDPR             settings.Scalar `json:"gdpr"`
	GDPRDefaultValue settings.Scalar `json:"gdpr_default_value"`
	GDPRCountries    json.RawMessage `json:"gdpr_countries"`
}

// policy has every gate on that isn't switched off.
func (f *privacyFile) policy() (privacy.Policy, error) {
	policy := privacy.Default()
	for _, gate := range []struct {
		name string
		from settings.Scalar
		to   *bool
	}{
		{"privacy.coppa", f.COPPA, &policy.COPPA},
		{"privacy.lmt", f.LMT, &policy.LMT},
		{"privacy.us_privacy", f.USPrivacy, &policy.USPrivacy},
		{"privacy.gpp", f.GPP, &policy.GPP},
		{"privacy.gdpr", f.GDPR, &policy.GDPR},
	} {
		on, err := gate.from.Bool(gate.name, true)
		if err != nil {
			return privacy.Policy{}, err
		}
		*gate.to = on
	}
	var err error
	policy.Scope, err = f.scope()
	return policy, err
}

func (f *privacyFile) scope() (privacy.Scope, error) {
	byDefault, err := f.GDPRDefaultValue.OneOf("privacy.gdpr_default_value", "0", "0", "1")
	if err != nil {
		return privacy.Scope{}, err
	}
	countries, err := countriesOf(f.GDPRCountries)
	if err == nil {
		var scope privacy.Scope
		if scope, err = privacy.NewScope(byDefault == "1", countries); err == nil {
			return scope, nil
		}
	}
	return privacy.Scope{}, settings.Wrong("privacy.gdpr_countries", `country codes of two or three letters are wanted, such as ["DEU", "FRA"]`)
}

// countriesOf reads a list of countries, or a text with spaces or commas between them, as environment variables
// arrive. An empty text is the placeholder for one, and doesn't count.
func countriesOf(setting json.RawMessage) (countries []string, err error) {
	if bytes.HasPrefix(setting, []byte("[")) {
		return countries, json.Unmarshal(setting, &countries)
	}
	var text settings.Scalar
	if len(setting) > 0 {
		err = text.UnmarshalJSON(setting)
	}
	if text.Absent() {
		return privacy.DefaultCountries(), err
	}
	return strings.FieldsFunc(text.Text(), func(r rune) bool { return r == ' ' || r == ',' }), nil
}
