package annotator_test

import (
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Some senders write UID2: or EUID: before the token. The id stays as it is, unless a raw UID takes its place.
func TestPrefixBeforeTheToken(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, `,"bidders":[{"name":"dsp"},{"name":"replacing","mode":"replace"}]`)
	raw := server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"}).Reveal()
	for prefix, want := range map[string]bool{"": true, "UID2:": true, "EUID:": true, "UID2": false, "UID2:UID2:": false, " UID2:": false} {
		id := prefix + aliceToken(server)
		user, _, err := decide(t, a, "dsp", requestWith(id), "")
		if err != nil || user.EIDs[0].UIDs[0].ID != id {
			t.Errorf("%q: the id became %s, %v", prefix, user.EIDs[0].UIDs[0].ID, err)
		}
		if got := strings.Contains(string(user.EIDs[0].UIDs[0].Ext), `"raw":"`+raw+`"`); got != want {
			t.Errorf("%q: %s", prefix, user.EIDs[0].UIDs[0].Ext)
		}
		user, _, _ = decide(t, a, "replacing", requestWith(id), "")
		if got := len(user.EIDs) == 1 && user.EIDs[0].UIDs[0].ID == raw; got != want {
			t.Errorf("%q, replaced: %t", prefix, got)
		}
	}
}
