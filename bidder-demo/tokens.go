package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// request is a sample with its tokens filled in.
type request struct {
	sample   fixtures.Sample
	tokens   map[string]token
	body     []byte
	optedOut []optedOut // who are to have opted out before it
}

// token is a token made for a request, and the raw UID of its user, if it has one.
type token struct {
	text, raw string
	uid       codec.RawUID
}

// prepare makes the tokens of all samples, and records who is to opt out before the first request.
func (w *world) prepare(samples []fixtures.Sample) ([]request, error) {
	requests := make([]request, 0, len(samples))
	for _, sample := range samples {
		r, err := w.fill(sample)
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
		w.optedOut = append(w.optedOut, r.optedOut...)
	}
	return requests, nil
}

// sampleOf returns the sample of that name.
func sampleOf(samples []fixtures.Sample, name string) (fixtures.Sample, error) {
	i := slices.IndexFunc(samples, func(s fixtures.Sample) bool { return s.Name == name })
	if i < 0 {
		return fixtures.Sample{}, fmt.Errorf("there is no sample %q", name)
	}
	return samples[i], nil
}

// fill makes the tokens of a sample and inserts them.
func (w *world) fill(sample fixtures.Sample) (request, error) {
	r := request{sample: sample, tokens: map[string]token{}}
	texts := map[string]string{}
	for name, spec := range sample.Tokens {
		made, err := w.makeToken(spec)
		if err != nil {
			return request{}, fmt.Errorf("%s: token %s: %w", sample.Name, name, err)
		}
		texts[name], r.tokens[name] = made.text, made
		if spec.OptedOut {
			r.optedOut = append(r.optedOut, optedOut{spec.Operator, made.uid})
		}
	}
	var err error
	r.body, err = sample.Fill(texts)
	return r, err
}

// makeToken asks the local operator for a token.
func (w *world) makeToken(t fixtures.TokenSpec) (token, error) {
	if t.Text != "" {
		return token{text: t.Text}, nil
	}
	operator := w.operators[t.Operator]
	if operator == nil {
		return token{}, fmt.Errorf("there is no local operator %q to make it", t.Operator)
	}
	spec := specOf(t, time.Now().UnixMilli())
	uid := operator.RawUID(spec)
	return token{text: operator.Token(spec), raw: uid.Reveal(), uid: uid}, nil
}

func specOf(t fixtures.TokenSpec, nowMs int64) uid2test.TokenSpec {
	spec := uid2test.TokenSpec{
		Version: codec.Version(t.Version), Email: t.Email, Phone: t.Phone, SiteID: t.Site,
		UnknownMasterKey: t.UnknownMasterKey, UnknownSiteKey: t.UnknownSiteKey, PrivacyBits: uid2test.ServerSide,
	}
	if t.ExpiresIn != 0 {
		spec.ExpiresMs = nowMs + time.Duration(t.ExpiresIn).Milliseconds()
	}
	if t.EstablishedAgo != 0 {
		spec.EstablishedMs = nowMs - time.Duration(t.EstablishedAgo).Milliseconds()
	}
	if t.ClientSide {
		spec.PrivacyBits = uid2test.ClientSide
	}
	if t.OptedOutBit {
		spec.PrivacyBits |= uid2test.OptedOut
	}
	return spec
}
