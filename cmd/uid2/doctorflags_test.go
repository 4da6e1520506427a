package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/doctor"
	"github.com/uid2rtb/uid2rtb/optout"
)

// noServers is a fleet that nobody needs.
func noServers(t *testing.T) *servers {
	return &servers{urls: closedPort(t), monitoring: "http://" + closedPort(t)}
}

// wardConfig is a bidder's configuration for the operator and the receiver of a ward.
func (w *ward) wardConfig(more string) string {
	client := w.operator.Client()
	w.write("bidder.json", `{"uid2": {"base_url": "`+w.operator.URL+`", "api_key": "`+client.APIKey+`", "client_secret": "`+client.ClientSecret+`"},
		"opt_outs": {"store": "`+filepath.Join(w.dir, "optouts.db")+`", "listen": "`+w.listen+`", "bearer_token": "`+wardToken+`"`+more+`}}`)
	return filepath.Join(w.dir, "bidder.json")
}

// TestDoctorOfABidder: a bidder's configuration, and the receiver at an address of its own.
func TestDoctorOfABidder(t *testing.T) {
	w := newWard(t, noServers(t))
	config := w.wardConfig("")
	const want = "all is well: 11 checks, 2 not checked\n"
	if r := uid2(t, "", "doctor", "-config", config); r.code != 0 || r.out != want || r.err != "" {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if r := uid2(t, "", "doctor", "-config", config, "-receiver-url", "http://"+closedPort(t)+"/"); r.code != exitFailure || !strings.Contains(r.out, "its address refuses connections") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err := bidder.ParseConfig(text); err != nil || len(cfg.Operators) != 1 {
		t.Errorf("that wasn't a bidder's configuration: %v", err)
	}
}

// TestDoctorInARotation: a file with the webhook's tokens may have the old one and the new one.
func TestDoctorInARotation(t *testing.T) {
	w := newWard(t, noServers(t))
	config := w.wardConfig("")
	w.write("tokens", wardToken+"\nthe-token-before\n")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	w.write("bidder.json", strings.Replace(string(text), `"bearer_token": "`+wardToken+`"`, `"bearer_token_file": "`+filepath.Join(w.dir, "tokens")+`"`, 1))
	if out := ok(t, "", "doctor", "-config", config); !strings.HasPrefix(out, "all is well") {
		t.Error(out)
	}
}

// TestDoctorOfAnUnfedStore: a store that nothing brings opt-outs into is wrong.
func TestDoctorOfAnUnfedStore(t *testing.T) {
	w := newWard(t, noServers(t))
	config := w.wardConfig("")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	unfed := strings.Replace(string(text), `, "listen": "`+w.listen+`", "bearer_token": "`+wardToken+`"`, "", 1)
	w.write("bidder.json", unfed)
	if r := uid2(t, "", "doctor", "-config", config); r.code != exitFailure || !strings.Contains(r.out, "nothing brings opt-outs into the store") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	w.write("bidder.json", strings.Replace(unfed, `"opt_outs": {`, `"opt_outs": {"poll": {"enabled": true}, `, 1))
	if r := uid2(t, "", "doctor", "-config", config); r.code != exitOK {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestDoctorOfAParticipant: with the operator's flags alone, only that is checked.
func TestDoctorOfAParticipant(t *testing.T) {
	local(t)
	if r := uid2(t, "", "doctor"); r.code != 0 || r.out != "all is well: 7 checks, 1 not checked\n" || r.err != "" {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// TestDoctorSendsNoOptOut unless it is asked for, and then that of nobody.
func TestDoctorSendsNoOptOut(t *testing.T) {
	w := newWard(t, noServers(t))
	config := w.wardConfig("")
	receiver := w.believe(optout.WithBearer(wardToken))
	ok(t, "", "doctor", "-config", config)
	if s := receiver.Stats(); s.Sentinels != 1 || s.Requests != 2 || s.Refused != 1 || s.Quarantined != 0 || w.users() != 0 {
		t.Errorf("without a test: %+v, %d users", s, w.users())
	}
	out := ok(t, "", "doctor", "-config", config, "-test-opt-out", "-v")
	ok(t, "", "doctor", "-config", config, "-test-opt-out")
	if w.users() != 1 || !strings.Contains(out, "an opt-out of nobody was kept") {
		t.Errorf("%d users\n%s", w.users(), out)
	}
}

// TestDoctorInTime: what doesn't answer is named when the time is over.
func TestDoctorInTime(t *testing.T) {
	w := newWard(t, noServers(t))
	w.set("base_url", "https://"+silent(t))
	w.set("listen", silent(t))
	w.set("urls", silent(t)+","+silent(t))
	w.args[3] = "http://" + silent(t)
	e, code := w.examined("-timeout", "1s")
	var wrong []string
	for _, c := range e.Checks {
		if c.Status == doctor.Wrong {
			wrong = append(wrong, c.Check)
		}
	}
	if want := []string{"uid2 tls", "receiver", "fleet servers", "fleet sync"}; code != exitFailure || !slices.Equal(wrong, want) {
		t.Errorf("exit code %d, wrong %q, want %q", code, wrong, want)
	}
}

// TestDoctorEnvironment: the environment replaces what is in a Prebid Server's file, and only that.
func TestDoctorEnvironment(t *testing.T) {
	w := newWard(t, noServers(t))
	apiKey := w.operator.Client().APIKey
	w.set("api_key", `""`)
	t.Setenv("PBS_HOOKS_MODULES_UID2_DECRYPT_UID2_API_KEY", apiKey)
	t.Setenv("PBS_HOOKS_MODULES_UID2_DECRYPT_UID2_BASE_URI", "not in the file")
	t.Setenv("PBS_HOOKS_MODULES_UID2_DECRYPT_UID2_BASE_URL", "")
	w.replace("hooks:\n  enabled: true", "hooks:\n  enabled: false")
	t.Setenv("PBS_HOOKS_ENABLED", "true")
	e, _ := w.examined()
	for _, c := range e.Checks {
		if strings.HasPrefix(c.Check, "uid2 ") && c.Status != doctor.OK || c.Check == "hooks" && c.Status != doctor.OK {
			t.Errorf("%+v", c)
		}
	}
}

// TestDoctorWithoutInfos: without a tree's bidder-info, the names that Prebid Server comes with
// count.
func TestDoctorWithoutInfos(t *testing.T) {
	w := newWard(t, noServers(t))
	w.args = nil
	for name, want := range map[string][2]string{
		"thetradedesk": {"bidders", "ok"}, "thetraddesk": {"bidders", "warning"}, "smartyads": {"bidder hosts", "wrong"}, "pubmatic": {"debug", "not checked"},
	} {
		w.set("- name", name)
		e, _ := w.examined()
		if i := slices.IndexFunc(e.Checks, func(c doctor.Finding) bool { return c.Check == want[0] }); i < 0 || string(e.Checks[i].Status) != want[1] {
			t.Errorf("%s: %+v", name, e.Checks)
		}
	}
}

// TestDoctorUsage: impossible flags are refused before anything is asked.
func TestDoctorUsage(t *testing.T) {
	w := newWard(t, noServers(t))
	config := w.wardConfig("")
	bare := write(t, `{"uid2": {"base_url": "`+w.operator.URL+`", "api_key": "a", "client_secret": "`+strings.Repeat("A", 43)+`="}, "opt_outs": {"when_unknown": "send"}}`)
	for _, tt := range []struct {
		code int
		text string
		args []string
	}{
		{exitUsage, "no operator is named", nil},
		{exitUsage, "exclude each other", []string{"-config", config, "-prebid-server", config}},
		{exitUsage, "belongs to -prebid-server", []string{"-config", config, "-bidder-info", w.dir}},
		{exitUsage, "doesn't start with http", []string{"-config", config, "-receiver-url", "optout.example.com"}},
		{exitUsage, "to everybody on the way", []string{"-config", config, "-receiver-url", "http://optout.example.com/"}},
		{exitUsage, "opt_outs.listen", []string{"-config", bare, "-test-opt-out"}},
		{exitUsage, "opt_outs.nats", []string{"-config", config, "-nats-monitoring", "http://127.0.0.1:8222"}},
		{exitInput, "no such file", []string{"-config", filepath.Join(w.dir, "nowhere")}},
		{exitInput, "no such file", []string{"-prebid-server", filepath.Join(w.dir, "nowhere")}},
		{exitInput, "no such file", []string{"-prebid-server", config, "-bidder-info", filepath.Join(w.dir, "nowhere")}},
		{exitUsage, "takes none", []string{"-config", config, "more"}},
	} {
		before := w.operator.Requests("")
		r := uid2(t, "", append([]string{"doctor"}, tt.args...)...)
		if r.code != tt.code || !strings.Contains(r.err, tt.text) || r.out != "" || w.operator.Requests("") != before {
			t.Errorf("%q: exit code %d, %s%s", tt.args, r.code, r.out, r.err)
		}
	}
}

// TestDoctorColours: they are for terminals.
func TestDoctorColours(t *testing.T) {
	found := []doctor.Finding{{Check: "a", Status: doctor.Wrong, Text: "b", Remedy: "c"}, {Check: "long", Status: doctor.OK, Text: "d"}}
	for colour, want := range map[bool]string{
		false: "wrong        a  b\n                c\n1 wrong, 0 warnings, 1 ok\n",
		true:  "\x1b[31mwrong      \x1b[0m  a  b\n                c\n1 wrong, 0 warnings, 1 ok\n",
	} {
		var b strings.Builder
		if err := doctor.Print(&b, found, false, colour); err != nil || b.String() != want {
			t.Errorf("%q, %v", b.String(), err)
		}
	}
}
