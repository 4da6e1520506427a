package annotator

import "github.com/uid2rtb/uid2rtb/module/privacy"

// privacyFile switches the privacy gates.
type privacyFile struct {
	COPPA     scalar `json:"coppa"`
	LMT       scalar `json:"lmt"`
	USPrivacy scalar `json:"us_privacy"`
	GPP       scalar `json:"gpp"`
	GDPR      scalar `json:"gdpr"`
}

// policy has every gate on that isn't switched off.
func (f *privacyFile) policy() (privacy.Policy, error) {
	policy := privacy.Default()
	for _, gate := range []struct {
		name string
		from scalar
		to   *bool
	}{
		{"privacy.coppa", f.COPPA, &policy.COPPA},
		{"privacy.lmt", f.LMT, &policy.LMT},
		{"privacy.us_privacy", f.USPrivacy, &policy.USPrivacy},
		{"privacy.gpp", f.GPP, &policy.GPP},
		{"privacy.gdpr", f.GDPR, &policy.GDPR},
	} {
		on, err := gate.from.boolean(gate.name, true)
		if err != nil {
			return privacy.Policy{}, err
		}
		*gate.to = on
	}
	return policy, nil
}
