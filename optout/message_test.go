package optout_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
)

const multipartHead = "--b\r\nContent-Disposition: form-data; name=\"uid2\"\r\n\r\n"

// TestEveryRawUID: all opt-outs of a request are recorded, wherever they are in it, and if there is
// anything else, the whole request is quarantined.
func TestEveryRawUID(t *testing.T) {
	a, b, c := url.QueryEscape(raw32), url.QueryEscape(raw33), url.QueryEscape(raw32Other)
	both := []string{raw32, raw33}
	for _, test := range []struct {
		method, target, body string
		header               []string
		want                 []string
		quarantined          string
	}{
		{"GET", "/?uid2=" + a + "&uid2=" + b, "", nil, both, ""},
		{"GET", "/?uid2=" + a + "&uid2=" + a, "", nil, both[:1], ""},
		{"GET", "/?uid2=&uid2=" + a, "", nil, both[:1], ""},
		{"GET", "/?uid2=+&uid2&uid2=" + a, "", nil, both[:1], ""},
		{"GET", "/?uid2=canary&uid2=" + a, "", nil, both[:1], "uid2=canary&uid2=" + a},
		{"GET", "/?uid2=" + a + "&uid2=canary", "", nil, both[:1], "uid2=" + a + "&uid2=canary"},
		{"GET", "/?uid2=" + a + "%20", "", nil, both[:1], ""},
		{"GET", "/?uid2=%20" + a + "%0D%0A", "", nil, both[:1], ""},
		{"GET", "/?uid2=" + a + "%0A&timestamp=1%0A", "", nil, both[:1], ""},
		{"GET", "/?x=1;uid2=" + a + ";", "", nil, both[:1], ""},
		{"GET", "/?uid2=%zz&uid2=" + a, "", nil, both[:1], "uid2=%zz&uid2=" + a},
		{"GET", "/?%zz=1&x=%&uid2=" + a, "", nil, both[:1], ""},
		{"GET", "/?x=1#y&uid2=" + a, "", nil, both[:1], ""},
		{"POST", "/?uid2=" + a, "uid2=" + b, nil, both, ""},
		{"POST", "/?uid2=" + a, "uid2=canary", nil, both[:1], "uid2=" + a + "\nuid2=canary"},
		{"POST", "/?uid2=" + a, "x=%&uid2=" + b + "&y=%zz", nil, both, ""},
		{"POST", "/?uid2=canary&x=%", "uid2=" + b, nil, both[1:], "uid2=canary&x=%\nuid2=" + b},
		{"POST", "/", multipartHead + raw32 + "\r\n" + multipartHead + raw33 + "\r\n--b--\r\n", nil, both, ""},
		{"POST", "/?uid2=" + b, multipartHead + raw32 + "\r\n--b\r\nnonsense", nil, both, "uid2=" + b + "\n" + multipartHead + raw32 + "\r\n--b\r\nnonsense"},
		{"POST", "/?uid2=" + b, multipartHead + raw32, nil, both[1:], "uid2=" + b + "\n" + multipartHead + raw32},
		{"GET", "/", "", []string{"X-Uid", raw32}, both[:1], ""},
		{"GET", "/?uid2=" + b, "", []string{"x-uid", raw32}, both, ""},
		{"GET", "/", "", []string{"X-Uid", raw32 + ", " + raw33}, both, ""},
		{"GET", "/?uid2=" + b, "", []string{"X-Uid", "canary"}, both[1:], "uid2=" + b + "\nX-Uid: canary"},
		{"GET", "/?x=1", "", []string{"X-Uid", "id=" + raw32, "Authorization", "Bearer t0ken"}, nil, "x=1\nX-Uid: id=" + raw32},
		{"POST", "/?uid2=" + a, "uid2=" + b, []string{"X-Uid", raw32Other}, []string{raw32, raw33, raw32Other}, ""},
		{"POST", "/?uid2=" + a + "&uid2=" + b + "&uid2=" + c, "", nil, []string{raw32, raw33, raw32Other}, ""},
	} {
		log := new(quarantineLog)
		s := optout.Open(log)
		r := newReceiver(t, s, optout.WithBearer("t0ken"), optout.WithIDHeader("X-Uid"))
		for server, send := range map[string]func() int{
			"net/http": func() int {
				return receiveHTTP(t, r, test.method, test.target, test.body, append(test.header, "Authorization", "Bearer t0ken")...)
			},
			"fasthttp": func() int {
				return receiveFast(r, test.method, test.target, test.body, append(test.header, "Authorization", "Bearer t0ken")...)
			},
		} {
			log.what, log.received = nil, nil
			// The times differ from those before, since a repeated opt-out isn't
			// recorded again.
			if status := send(); status != 200 {
				t.Errorf("%s: %s %s %q: %d", server, test.method, test.target, test.body, status)
			}
			if got := strings.Join(log.what, "|"); got != test.quarantined {
				t.Errorf("%s: %s %s %q: in quarantine: %q", server, test.method, test.target, test.body, got)
			}
			for _, text := range test.want {
				if s.OptOut(decoded(t, text)).SinceMs == 0 {
					t.Errorf("%s: %s %s %q: one is lost", server, test.method, test.target, test.body)
				}
			}
			if s.Stats().Users != len(test.want) {
				t.Errorf("%s: %s %s %q: %d users", server, test.method, test.target, test.body, s.Stats().Users)
			}
		}
		s.Close()
	}
}

// raw32Other is another raw UID.
const raw32Other = "AwsvDNINiZOVSsfkHpLpSJzXzhr6Jx9Z/4Q0+lsEUvM="

// TestPlusAtAnEnd: a + that the sender didn't encode arrives as a space. At either end of a raw
// UID, it must not be trimmed.
func TestPlusAtAnEnd(t *testing.T) {
	for _, text := range []string{
		"+" + raw32[1:], strings.TrimRight("+"+raw32[1:], "="), raw33[:43] + "+", "+" + raw33[1:43] + "+", raw32, strings.TrimRight(raw32, "="), raw33,
	} {
		for _, around := range [][2]string{{"", ""}, {"", "%0A"}, {"%0D%0A", ""}} {
			s := optout.Open(memoryLog{})
			if status := receive(t, newReceiver(t, s), "GET", "/?uid2="+around[0]+text+around[1], ""); status != 200 {
				t.Errorf("%s: %d", text, status)
			}
			if s.OptOut(decoded(t, text)).SinceMs == 0 {
				t.Errorf("%s is lost", text)
			}
			s.Close()
		}
	}
	for _, text := range []string{raw32, strings.TrimRight(raw32, "="), raw33, raw32[:42] + "M"} {
		for _, around := range [][2]string{{"+", ""}, {"", "+"}, {"%20", "%20"}, {"%20+", "+%20%0A"}} {
			s := optout.Open(memoryLog{})
			if status := receive(t, newReceiver(t, s), "GET", "/?uid2="+around[0]+text+around[1], ""); status != 200 || s.OptOut(decoded(t, text)).SinceMs == 0 {
				t.Errorf("%q with spaces %q: %d, or lost", text, around, status)
			}
			s.Close()
		}
	}
}

// TestAllOrNotAcknowledged: if one of several opt-outs isn't durable, the answer is 503, and the
// others are recorded.
func TestAllOrNotAcknowledged(t *testing.T) {
	log := &fullFor{uid: decoded(t, raw33).Canonical()}
	s := optout.Open(log)
	defer s.Close()
	r := newReceiver(t, s)
	target := "/?uid2=" + url.QueryEscape(raw33) + "&uid2=" + url.QueryEscape(raw32)
	if status := receiveHTTP(t, r, "GET", target, ""); status != 503 {
		t.Errorf("%d", status)
	}
	if s.OptOut(decoded(t, raw32)).SinceMs == 0 || s.Stats().Users != 1 {
		t.Errorf("%d users", s.Stats().Users)
	}
	log.uid = codec.RawUID{}
	if status := receiveHTTP(t, r, "GET", target, ""); status != 200 || s.Stats().Users != 2 {
		t.Errorf("again: %d, %d users", status, s.Stats().Users)
	}
}

// FuzzEveryRawUID: whatever surrounds a parameter with a raw UID, it is recorded, and the answer is
// 200.
func FuzzEveryRawUID(f *testing.F) {
	f.Add("uid2=", "x=%", true)
	f.Add("a;b%zz&&uid2=%", "uid2=#", false)
	f.Fuzz(func(t *testing.T, before, behind string, post bool) {
		if len(before)+len(behind) > 32<<10 {
			return
		}
		s := optout.Open(memoryLog{})
		defer s.Close()
		text, method, query, body := before+"&uid2="+url.QueryEscape(raw32)+"&"+behind, "GET", "", ""
		if query = text; post {
			method, query, body = "POST", "", text
		}
		if status := receiveRaw(t, newReceiver(t, s), method, query, body); status != 200 || s.OptOut(decoded(t, raw32)).SinceMs == 0 {
			t.Errorf("%q: %d, or lost", text, status)
		}
	})
}

// TestLongBody: of a body that is too long, the first part is used, and the request is quarantined.
func TestLongBody(t *testing.T) {
	const read, uid = 64 << 10, "&uid2=" + raw32
	for start, users := range map[int]int{read - len(uid): 1, read - 20: 0} { // the raw UID ends with the part that is read, or is cut
		log := new(quarantineLog)
		s := optout.Open(log)
		body := strings.Repeat("y", start) + uid + "&" + strings.Repeat("z", read)
		for server, status := range map[string]int{
			"net/http": receiveHTTP(t, newReceiver(t, s), "POST", "/", body), "fasthttp": receiveFast(newReceiver(t, s), "POST", "/", body),
		} {
			if status != 200 {
				t.Errorf("%s: %d", server, status)
			}
		}
		if s.Stats().Users != users || len(log.what) != 2 {
			t.Errorf("%d users, %d in quarantine", s.Stats().Users, len(log.what))
		}
		s.Close()
	}
}
