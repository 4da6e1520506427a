package identitymap_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// connect starts a local operator and returns a client of it.
func connect(t testing.TB, opts ...uid2test.Option) (*uid2test.Server, *operator.Client) {
	t.Helper()
	s := uid2test.NewServer(opts...)
	t.Cleanup(s.Close)
	return s, clientAt(t, s.URL, s.Client())
}

// clientAt returns a client with a participant's credentials.
func clientAt(t testing.TB, url string, p *uid2test.Client) *operator.Client {
	t.Helper()
	creds, err := operator.NewCredentials(p.APIKey, p.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := operator.New(url, creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// TestTwelveThousandPeople takes three requests, and all get their own raw UIDs.
func TestTwelveThousandPeople(t *testing.T) {
	s, o := connect(t, uid2test.WithRawUIDVersion(codec.V4))
	var ids []dii.Identity
	specs := map[dii.Identity]uid2test.TokenSpec{}
	for i := range 6000 {
		text, number := fmt.Sprintf("user%d@example.com", i), fmt.Sprintf("+1555%07d", i)
		for id, spec := range map[dii.Identity]uid2test.TokenSpec{email(t, text): {Email: text}, phone(t, number): {Phone: number}} {
			ids = append(ids, id)
			specs[id] = spec
		}
	}
	s.OptOutUser(specs[ids[7]], time.Now())
	result, err := identitymap.New(o).Map(context.Background(), ids)
	if err != nil || len(result.Mapped) != len(ids)-1 || s.Requests(uid2test.PathIdentityMap) != 3 {
		t.Fatalf("%d mapped, %d requests, %v", len(result.Mapped), s.Requests(uid2test.PathIdentityMap), err)
	}
	for _, id := range ids[:100] {
		if m, ok := result.Mapped[id]; ok && m.UID != s.RawUID(specs[id]) {
			t.Errorf("%v has another raw UID", id)
		}
	}
	if result.Unmapped[ids[7]].Reason != identitymap.ReasonOptedOut {
		t.Error("an opted-out user is mapped")
	}
	v2, err := identitymap.New(o).MapV2(context.Background(), ids)
	if err != nil || len(v2.Mapped) != len(ids)-1 || s.Requests(uid2test.PathIdentityMapV2) != 4 {
		t.Fatalf("v2: %d mapped, %d requests, %v", len(v2.Mapped), s.Requests(uid2test.PathIdentityMapV2), err)
	}
	for id, m := range v2.Mapped {
		if m.UID != result.Mapped[id].UID {
			t.Fatal("the two endpoints differ")
		}
	}
}

// TestRotation: the buckets show that raw UIDs have changed, and the map returns the old one with
// the new one.
func TestRotation(t *testing.T) {
	s, o := connect(t)
	c, id := identitymap.New(o), email(t, "user@example.com")
	before, err := c.MapV2(context.Background(), []dii.Identity{id})
	if err != nil {
		t.Fatal(err)
	}
	mapped := time.Now()
	if buckets, err := c.Buckets(context.Background(), mapped); err != nil || len(buckets) != 0 {
		t.Fatalf("%d buckets, %v", len(buckets), err)
	}
	s.RotateSalts()
	buckets, err := c.Buckets(context.Background(), mapped.Add(-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	mine := false
	for _, b := range buckets {
		mine = mine || b.ID == before.Mapped[id].Bucket && !b.LastUpdated.Before(mapped.Add(-time.Second))
	}
	after, err := c.Map(context.Background(), []dii.Identity{id})
	if err != nil || !mine {
		t.Fatalf("the user's bucket is among the rotated ones: %v, %v", mine, err)
	}
	if m := after.Mapped[id]; m.UID == before.Mapped[id].UID || m.Previous != before.Mapped[id].UID || !m.RefreshFrom.After(mapped) {
		t.Error("no new raw UID beside the old one")
	}
}

// TestOptOutStatus asks a real endpoint about all versions of raw UIDs.
func TestOptOutStatus(t *testing.T) {
	s, o := connect(t, uid2test.WithEnvironment(codec.EnvironmentProduction))
	var uids []codec.RawUID
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		for _, text := range []string{"out@example.com", "in@example.com"} {
			uids = append(uids, s.RawUID(uid2test.TokenSpec{Email: text, RawUIDVersion: version}))
		}
	}
	at := time.Now()
	for i := 0; i < len(uids); i += 2 {
		s.OptOut(uids[i], at)
	}
	out, err := o.OptOutStatus(context.Background(), uids)
	if err != nil || len(out) != 3 {
		t.Fatalf("%d opted out, %v", len(out), err)
	}
	for i, o := range out {
		if o.UID != uids[2*i] || !o.Since.Equal(at.Truncate(time.Second)) {
			t.Errorf("%d: since %v", i, o.Since)
		}
	}
}

func TestWithoutTheRole(t *testing.T) {
	s, _ := connect(t)
	p := s.AddClient(uid2test.Client{Roles: uid2test.Generator})
	c := identitymap.New(clientAt(t, s.URL, p))
	_, mapErr := c.Map(context.Background(), people(t))
	_, mapV2Err := c.MapV2(context.Background(), people(t))
	_, bucketsErr := c.Buckets(context.Background(), time.Now())
	for _, err := range []error{mapErr, mapV2Err, bucketsErr} {
		if !errors.Is(err, operator.ErrUnauthorized) {
			t.Error(err)
		}
	}
}
