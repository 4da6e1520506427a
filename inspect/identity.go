package inspect

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/publisher"
)

// identityFields are those of an identity, as far as they are there.
type identityFields struct {
	AdvertisingToken  *string `json:"advertising_token"`
	RefreshToken      *string `json:"refresh_token"`
	IdentityExpiresMs *int64  `json:"identity_expires"`
	RefreshFromMs     *int64  `json:"refresh_from"`
	RefreshExpiresMs  *int64  `json:"refresh_expires"`
	ResponseKey       *string `json:"refresh_response_key"`
}

// missing lists the fields that an identity must have and this one lacks.
func (f *identityFields) missing() (names []string) {
	for _, field := range []struct {
		name  string
		there bool
	}{
		{"advertising_token", f.AdvertisingToken != nil}, {"refresh_token", f.RefreshToken != nil},
		{"identity_expires", f.IdentityExpiresMs != nil}, {"refresh_from", f.RefreshFromMs != nil}, {"refresh_expires", f.RefreshExpiresMs != nil},
	} {
		if !field.there {
			names = append(names, field.name)
		}
	}
	return names
}

// identityReport explains the JSON of an identity.
func (i *Inspector) identityReport(text []byte, input Input) Report {
	identity := i.identity(text, input)
	report := Report{Kind: KindIdentity, Summary: "An identity, as a publisher stores it: " + identity.sentence() + ".", Identity: identity}
	for _, check := range identity.Predicates {
		if check.Outcome == Failed && check.Do != "" {
			report.Advice = append(report.Advice, check.Do)
			break
		}
	}
	return report
}

func (i *Inspector) identity(text []byte, input Input) *Identity {
	identity := &Identity{Times: []Moment{}, Predicates: []Check{}}
	var f identityFields
	if err := json.Unmarshal(text, &f); err != nil {
		identity.Refresh = "can't be read"
		identity.Notes = append(identity.Notes, "An identity's field can't be read: "+where(err)+".")
		return identity
	}
	if f.AdvertisingToken != nil {
		token, notes := clean(*f.AdvertisingToken)
		identity.Notes = append(identity.Notes, notes...)
		identity.Token = i.token(token, 0, input.Name, input)
	}
	for _, time := range []struct {
		name string
		ms   *int64
	}{{"refresh from", f.RefreshFromMs}, {"token expires", f.IdentityExpiresMs}, {"refresh expires", f.RefreshExpiresMs}} {
		if time.ms != nil {
			identity.Times = append(identity.Times, moment(time.name, *time.ms, input.NowMs))
			identity.noteSeconds(time.name, *time.ms)
		}
	}
	identity.Refresh = f.refresh()
	if missing := f.missing(); missing != nil {
		identity.Notes = append(identity.Notes, "It lacks "+strings.Join(missing, ", ")+", so it can't be refreshed as it is.")
		return identity
	}
	stored, err := publisher.ParseIdentity(text)
	if err != nil {
		identity.Notes = append(identity.Notes, "Its refresh_response_key isn't the base64 of 32 bytes, so no refresh can be opened.")
		return identity
	}
	identity.Predicates = predicates(stored, input.NowMs)
	return identity
}

// firstMs is a time in 1973; a smaller number of milliseconds is one of seconds.
const firstMs = 100_000_000_000

func (identity *Identity) noteSeconds(name string, ms int64) {
	if ms > 0 && ms < firstMs {
		identity.Notes = append(identity.Notes, fmt.Sprintf("The time %q seems to be in seconds; it must be in milliseconds.", name))
	}
}

// refresh says what there is to refresh with.
func (f *identityFields) refresh() string {
	switch {
	case f.RefreshToken == nil || *f.RefreshToken == "":
		return "no refresh token"
	case f.ResponseKey == nil || *f.ResponseKey == "":
		return fmt.Sprintf("a refresh token of %d characters, and no refresh_response_key, as in very old identities", len(*f.RefreshToken))
	}
	return fmt.Sprintf("a refresh token of %d characters, with the key of its answer", len(*f.RefreshToken))
}

// predicates are those of package publisher.
func predicates(stored publisher.Identity, nowMs int64) []Check {
	now := time.UnixMilli(nowMs)
	at := func(t time.Time) string { return distance(t.UnixMilli(), nowMs) + ", at " + clock(t.UnixMilli()) }
	checks := []Check{
		predicate("identifiable", !stored.Expired(now), "the token expires "+at(stored.IdentityExpires()), "the token expired "+at(stored.IdentityExpires()),
			"Refresh the identity before its token is used again."),
		predicate("refreshable", stored.Refreshable(now), "it can be refreshed until "+at(stored.RefreshExpires()), "it could be refreshed until "+at(stored.RefreshExpires()),
			"Drop the identity, and generate a new one when the user is next seen."),
		predicate("not due for refresh", !stored.DueForRefresh(now), "it should be refreshed from "+at(stored.RefreshFrom()), "it should be refreshed since "+at(stored.RefreshFrom()),
			"Refresh the identity now."),
	}
	if checks[1].Outcome == Failed { // nothing that needs a refresh helps
		checks[0].Do, checks[2].Do = checks[1].Do, checks[1].Do
	}
	for number := range checks {
		checks[number].Number = number + 1
	}
	return checks
}

func predicate(name string, holds bool, yes, no, do string) Check {
	if holds {
		return Check{Name: name, Outcome: Passed, Why: yes}
	}
	return Check{Name: name, Outcome: Failed, Why: no, Do: do}
}

// sentence says how an identity is doing.
func (identity *Identity) sentence() string {
	outcome := make(map[string]Outcome)
	for _, check := range identity.Predicates {
		outcome[check.Name] = check.Outcome
	}
	switch {
	case len(identity.Predicates) == 0:
		return "incomplete"
	case outcome["refreshable"] == Failed && outcome["identifiable"] == Failed:
		return "its token has expired, and it can't be refreshed any more"
	case outcome["refreshable"] == Failed:
		return "its token hasn't expired, but it can't be refreshed any more"
	case outcome["identifiable"] == Failed:
		return "its token has expired, and it can be refreshed"
	case outcome["not due for refresh"] == Failed:
		return "its token hasn't expired, and it is due for refresh"
	}
	return "its token hasn't expired, and it isn't due for refresh yet"
}
