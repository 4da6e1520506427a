package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestAnnotate: each line has its answer, in order; what can't be annotated is named by its number,
// and not quoted.
func TestAnnotate(t *testing.T) {
	operator := local(t)
	var in strings.Builder
	var want []string
	for i := range 3000 {
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i%7)}
		switch {
		case i == 13:
			in.WriteString("canary\n")
			want = append(want, `{"line":14,"error":"malformed JSON"}`)
		case i == 14:
			in.WriteString(`{"user":1,"User":"canary"}` + "\r\n")
			want = append(want, `{"line":15,"error":"ambiguous JSON key"}`)
		case i == 15:
			in.WriteString(`{"canary":{x}}` + "\n") // valid where tokens may be
			want = append(want, `{"line":16,"error":"malformed JSON"}`)
		case i == 16:
			fmt.Fprintf(&in, "{\"canary\":\"%s\"}\n", strings.Repeat("x", maxRequest))
			want = append(want, `{"line":17,"error":"more than 1048576 bytes"}`)
		case i == 17:
			in.WriteString("\n")
			want = append(want, `{"line":18,"error":"malformed JSON"}`)
		case i == 18: // as long as a line may be
			line := `{"pad":"` + strings.Repeat("x", maxRequest-len(`{"pad":""}`)) + `"}`
			in.WriteString(line + "\r\n")
			want = append(want, line)
		default:
			fmt.Fprintf(&in, `{"id":"%d","user":{"eids":[{"source":"uidapi.com","uids":[{"id":"%s"}]}]}}`+"\n", i, operator.Token(spec))
			want = append(want, `"raw":"`+operator.RawUID(spec).Reveal()+`"`)
		}
	}
	got := strings.Split(ok(t, in.String(), "annotate", "-when-unknown", "send"), "\n")
	if len(got) != len(want)+1 || strings.Contains(strings.Join(got, ""), "canary") {
		t.Fatalf("%d lines", len(got))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) || i > 18 && !strings.HasPrefix(got[i], fmt.Sprintf(`{"id":"%d",`, i)) {
			t.Errorf("line %d: %.300s", i+1, got[i])
		}
	}
}

// TestAnnotateMistakes: a wrong configuration ends it before it reads, and so does an operator that
// doesn't answer in time.
func TestAnnotateMistakes(t *testing.T) {
	operator := local(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "-when-unknown"},
		{[]string{"-config", "no such file"}, exitInput, "-config"},
		{[]string{"-config", write(t, `{"canary":1}`)}, exitInput, "-config"},
		{[]string{"-config", write(t, `{}`), "-scope", "UID2"}, exitUsage, "-scope"},
		{[]string{"-when-unknown", "canary"}, exitUsage, "when-unknown"},
		{[]string{"-when-unknown", "send", "-scope", "UID3"}, exitUsage, "scope"},
		{[]string{"-when-unknown", "send", "-base-url", "http://203.0.113.1"}, exitInput, "http://"},
		{[]string{"-when-unknown", "send", "-timeout", "50ms"}, exitUnavailable, "keys"},
	} {
		if c.code == exitUnavailable {
			operator.Fail(uid2test.Fault{Status: 503})
		}
		if r := uid2(t, "{}\n", append([]string{"annotate"}, c.args...)...); r.code != c.code || r.out != "" || !strings.Contains(r.err, c.says) {
			t.Errorf("%v: exit code %d: %s%s", c.args, r.code, r.out, r.err)
		}
	}
}
