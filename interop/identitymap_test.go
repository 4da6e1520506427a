//go:build interop

//lint:file-ignore SA1019 the official SDKs have the retired endpoints as well

package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
	"github.com/uid2rtb/uid2rtb/identitymap"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// mapAnswer is what an SDK says of identities, by their texts.
type mapAnswer struct {
	Mapped map[string]struct {
		UID           string `json:"uid"`
		Previous      string `json:"previous"`
		RefreshFromMs int64  `json:"refresh_from"`
		Bucket        string `json:"bucket"`
	} `json:"mapped"`
	Unmapped map[string]string `json:"unmapped"`
}

// TestIdentityMaps asks about the same people, with the SDKs and with this module, before and after a rotation of salts.
func TestIdentityMaps(t *testing.T) {
	command := object{"emails": []string{}, "phones": []string{}, "email_hashes": []string{}, "phone_hashes": []string{}}
	lists := map[string]string{"email": "emails", "phone": "phones", "email_hash": "email_hashes", "phone_hash": "phone_hashes"}
	add := func(kind, text string) { command[lists[kind]] = append(command[lists[kind]].([]string), text) }
	ids := map[string]dii.Identity{}
	for _, p := range people {
		ids[p.text] = identityOf(t, p.kind, p.text)
		add(p.kind, p.text)
	}
	for i := range 500 {
		text := fmt.Sprintf("Person.%d+tag@gmail.com", i)
		ids[text] = identityOf(t, "email", text)
		add("email", text)
	}
	var list []dii.Identity
	for _, id := range ids {
		list = append(list, id)
	}
	forEach(t, func(t *testing.T, s *sdk) {
		for _, rotated := range []bool{false, true} {
			server := start(t, uid2test.WithRawUIDVersion(codec.V4))
			server.OptOutUser(uid2test.TokenSpec{Email: "person7@gmail.com"}, time.Now())
			if rotated {
				server.RotateSalts()
			}
			s.connect(t, "publisher", server, server.Client())
			ours := identitymap.New(clientOf(t, server))
			for op, call := range map[string]func() (identitymap.Result, error){
				"map_v3": func() (identitymap.Result, error) { return ours.Map(t.Context(), list) },
				"map_v2": func() (identitymap.Result, error) { return ours.MapV2(t.Context(), list) },
			} {
				result, err := call()
				if err != nil {
					t.Fatal(err)
				}
				var theirs mapAnswer
				command["op"] = op
				s.must(t, command, &theirs)
				if len(theirs.Mapped)+len(theirs.Unmapped) != len(ids) || len(theirs.Mapped) != len(result.Mapped) {
					t.Fatalf("%s %s: %d mapped and %d not; ours %d and %d", s.name, op, len(theirs.Mapped), len(theirs.Unmapped), len(result.Mapped), len(result.Unmapped))
				}
				for text, m := range theirs.Mapped {
					our := result.Mapped[ids[text]]
					if our.UID.Reveal() != m.UID || our.Previous.Reveal() != m.Previous || our.Bucket != m.Bucket || (m.Previous != "") != (rotated && op == "map_v3") ||
						op == "map_v3" && apart(our.RefreshFrom.UnixMilli(), m.RefreshFromMs) > 5000 {
						t.Errorf("%s %s: another answer about %s", s.name, op, text)
					}
				}
				for text, reason := range theirs.Unmapped {
					if result.Unmapped[ids[text]].Text != reason {
						t.Errorf("%s %s: %s is unmapped because of %q, ours %q", s.name, op, text, reason, result.Unmapped[ids[text]].Text)
					}
				}
			}
		}
	})
}

func apart(a, b int64) int64 { return max(a-b, b-a) }

// TestBuckets: only the Python SDK knows the endpoint.
func TestBuckets(t *testing.T) {
	server := start(t)
	server.RotateSalts()
	python.connect(t, "publisher", server, server.Client())
	ours := identitymap.New(clientOf(t, server))
	for _, since := range []time.Time{time.Now().Add(-time.Hour), time.Now().Add(time.Hour)} {
		var theirs struct{ Count int }
		python.must(t, object{"op": "buckets", "since": since.UnixMilli()}, &theirs)
		buckets, err := ours.Buckets(t.Context(), since)
		if err != nil || len(buckets) != theirs.Count {
			t.Errorf("python sees %d buckets, we %d: %v", theirs.Count, len(buckets), err)
		}
	}
}
