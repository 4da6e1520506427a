package publisher_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/publisher"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// connect starts a local operator and returns a client of it.
func connect(t testing.TB, opts ...uid2test.Option) (*uid2test.Server, *publisher.Client) {
	t.Helper()
	s := uid2test.NewServer(opts...)
	t.Cleanup(s.Close)
	creds, err := operator.NewCredentials(s.Client().APIKey, s.Client().ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := operator.New(s.URL, creds, operator.WithBackoff(time.Millisecond, time.Millisecond), operator.WithMaxAttempts(2))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return s, publisher.New(client)
}

func identified(t testing.TB, read func(string) (dii.Identity, error), text string) dii.Identity {
	t.Helper()
	id, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestASession follows an identity through its life: generated, kept, refreshed, opted out.
func TestASession(t *testing.T) {
	s, c := connect(t)
	answer, err := c.Generate(context.Background(), user(t))
	if err != nil || answer.Outcome != publisher.Success {
		t.Fatal(answer.Outcome, err)
	}
	if yes, err := c.Validate(context.Background(), answer.Identity.AdvertisingToken(), user(t)); err != nil || !yes {
		t.Error("the token is not the user's:", err)
	}
	now := time.Now()
	stored := answer.Identity.JSON()
	if session, err := c.KeepFresh(context.Background(), stored, now); err != nil || session.State != publisher.Kept {
		t.Fatal(session.State, err)
	}
	session, err := c.KeepFresh(context.Background(), stored, now.Add(2*time.Hour))
	if err != nil || session.State != publisher.Refreshed || session.Identity.AdvertisingToken() == answer.Identity.AdvertisingToken() {
		t.Fatal(session.State, err)
	}
	stored = session.Identity.JSON()
	s.OptOutUser(uid2test.TokenSpec{Email: "user@example.com"}, now)
	session, err = c.KeepFresh(context.Background(), stored, now.Add(4*time.Hour))
	if err != nil || session.State != publisher.Gone || !session.OptedOut {
		t.Fatal(session.State, err)
	}
	if answer, err := c.Generate(context.Background(), user(t)); err != nil || answer.Outcome != publisher.OptedOut {
		t.Error(answer.Outcome, err)
	}
}

// TestAllWaysToAsk: all of them lead to a token of the same user.
func TestAllWaysToAsk(t *testing.T) {
	s, c := connect(t, uid2test.WithScope(codec.ScopeEUID))
	email, phone := user(t), identified(t, dii.Phone, "+12345678902")
	for _, id := range []dii.Identity{email, phone, identified(t, dii.HashedEmail, email.RevealHash()), identified(t, dii.HashedPhone, phone.RevealHash())} {
		for _, opts := range [][]publisher.Option{nil, {publisher.WithoutHashing()}, {publisher.WithOptOutCheck()}} {
			answer, err := c.Generate(context.Background(), id, opts...)
			if err != nil || answer.Outcome != publisher.Success || answer.Identity.AdvertisingToken()[:1] != map[bool]string{true: "E", false: "F"}[id.Kind().Hashed() == dii.KindEmailHash] {
				t.Errorf("%v: %v, %v", id, answer.Outcome, err)
			}
		}
	}
	for tcf, want := range map[string]publisher.Outcome{
		"CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA": publisher.Success, // partly by legitimate interest
		"CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA":    publisher.InsufficientConsent,
	} {
		if answer, err := c.Generate(context.Background(), email, publisher.WithTCF(tcf)); err != nil || answer.Outcome != want {
			t.Errorf("%v, %v", answer.Outcome, err)
		}
	}
	for _, tcf := range []string{"", "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"} { // the second is TCF 1, and isn't sent
		if _, err := c.Generate(context.Background(), email, publisher.WithTCF(tcf)); !errors.Is(err, operator.ErrConsent) {
			t.Errorf("%q: %v", tcf, err)
		}
	}
	if s.Requests(uid2test.PathGenerate) != 15 {
		t.Error(s.Requests(uid2test.PathGenerate))
	}
}

func TestTestIdentities(t *testing.T) {
	_, c := connect(t)
	for text, want := range map[string]publisher.Outcome{"validate@example.com": publisher.Success, "optout@example.com": publisher.OptedOut, "refresh-optout@example.com": publisher.Success} {
		answer, err := c.Generate(context.Background(), identified(t, dii.Email, text))
		if err != nil || answer.Outcome != want {
			t.Fatalf("%s: %v, %v", text, answer.Outcome, err)
		}
		if want == publisher.OptedOut {
			continue
		}
		next, err := c.Refresh(context.Background(), answer.Identity, time.Now())
		if err != nil || (next.Outcome == publisher.OptedOut) != (text == "refresh-optout@example.com") {
			t.Errorf("%s refreshed: %v, %v", text, next.Outcome, err)
		}
	}
}

// The first answer for a very old session isn't encrypted.
func TestSessionWithoutResponseKey(t *testing.T) {
	s, c := connect(t)
	i, err := publisher.ParseIdentity(s.LegacyIdentity(uid2test.TokenSpec{Email: "user@example.com"}))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		answer, err := c.Refresh(context.Background(), i, time.Now())
		if err != nil || answer.Outcome != publisher.Success {
			t.Fatalf("refresh %d: %v, %v", n, answer.Outcome, err)
		}
		i = answer.Identity
	}
}

func TestRefreshFailures(t *testing.T) {
	s, c := connect(t)
	answer, err := c.Generate(context.Background(), user(t))
	if err != nil {
		t.Fatal(err)
	}
	for want, fault := range map[error]uid2test.Fault{
		operator.ErrUnavailable: {Status: 503},
		operator.ErrThrottled:   {Status: 429},
		operator.ErrResponseKey: {WrongSecret: true},
		operator.ErrResponse:    {Garbage: true},
		publisher.ErrAnswer:     {Body: []byte(`{"status":"success","body":{}}`)},
	} {
		s.Fail(fault)
		if _, err := c.Refresh(context.Background(), answer.Identity, time.Now()); !errors.Is(err, want) {
			t.Errorf("%v: %v", want, err)
		}
		s.Heal()
	}
	if _, err := c.Refresh(context.Background(), publisher.Identity{}, time.Now()); !errors.Is(err, operator.ErrRefreshToken) {
		t.Error(err)
	}
}

// TestKeepFreshByAnswer: after an answer that can't be followed by a better one, the identity is
// gone at once; after any other it is kept.
func TestKeepFreshByAnswer(t *testing.T) {
	s, c := connect(t)
	answer, err := c.Generate(context.Background(), user(t))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(text string) uid2test.Fault { return uid2test.Fault{Status: 400, Body: []byte(text)} }
	const requests = 2 // of a call that is retried
	for name, row := range map[string]struct {
		fault uid2test.Fault
		state publisher.State
		err   error
		tries int
	}{
		"retired key":        {refused(`{"status":"client_error","message":"Invalid key: Generator of this token (Key ID: 7) does not exist."}`), publisher.Gone, operator.ErrRefreshToken, 1},
		"damaged token":      {refused(`{"status":"client_error","message":"Invalid data: Check encryption method and encryption key."}`), publisher.Gone, operator.ErrRefreshToken, 1},
		"no base64":          {refused(`{"status":"client_error","message":"Invalid body: Body is not valid base64."}`), publisher.Gone, operator.ErrRefreshToken, 1},
		"invalid token":      {refused(`{"status":"invalid_token"}`), publisher.Gone, operator.ErrRefreshToken, 1},
		"expired token":      {refused(`{"status":"expired_token"}`), publisher.Gone, operator.ErrRefreshToken, 1},
		"without an API key": {refused(`{"status":"error"}`), publisher.Gone, operator.ErrRefreshToken, 1},
		"wrong response key": {uid2test.Fault{WrongSecret: true}, publisher.Gone, operator.ErrResponseKey, 1},
		"another 400":        {refused(`<html>`), publisher.Kept, operator.ErrRequest, 1},
		"revoked API key":    {uid2test.Fault{Status: 401}, publisher.Kept, operator.ErrUnauthorized, 1},
		"wrong base URL":     {uid2test.Fault{Status: 404}, publisher.Kept, operator.ErrRequest, 1},
		"garbage":            {uid2test.Fault{Garbage: true}, publisher.Kept, operator.ErrResponse, 1},
		"throttled":          {uid2test.Fault{Status: 429}, publisher.Kept, operator.ErrThrottled, requests},
		"timed out":          {uid2test.Fault{Status: 408}, publisher.Kept, operator.ErrUnavailable, requests},
		"broken":             {uid2test.Fault{Status: 500}, publisher.Kept, operator.ErrUnavailable, requests},
	} {
		s.Fail(row.fault)
		before := s.Requests(uid2test.PathRefresh)
		session, err := c.KeepFresh(context.Background(), answer.Identity.JSON(), time.Now().Add(2*time.Hour))
		s.Heal()
		if session.State != row.state || !errors.Is(err, row.err) || session.Identity.IsZero() != (row.state == publisher.Gone) || session.OptedOut {
			t.Errorf("%s: %v, %v", name, session.State, err)
		}
		if tries := s.Requests(uid2test.PathRefresh) - before; tries != row.tries {
			t.Errorf("%s: %d requests, want %d", name, tries, row.tries)
		}
	}
}
