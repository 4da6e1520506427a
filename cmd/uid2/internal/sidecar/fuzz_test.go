package sidecar

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzTokens: whatever comes as the body of /tokens, it is refused, or there is a verdict on each
// of the tokens that encoding/json finds in it.
func FuzzTokens(f *testing.F) {
	for _, seed := range []string{
		`{"token":"x"}`, `{"tokens":[]}`, ` {"tokens" : ["a", "\u0062"], "domain":"example.com", "scope":"EUID"} `, `{"tokens":["a"],"app":"com.example.app"}`,
		`{"token":"a","token":"b"}`, `{"Token":"a"}`, `{"token":null}`, `{"tokens":"a"}`, `{"tokens":["a",]}`, `{"token":"a"`, `[]`, ``, `{"domain":"example.com"}`, `{"token":"\ud800"}`, "{\"token\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	server := serve(f, defaults()).server
	f.Fuzz(func(t *testing.T, body []byte) {
		asked, err := parseQuestion(body)
		if err != nil {
			if strings.ContainsAny(err.Error(), `"\`) || strings.Contains(errorJSON(err.Error()), string(body)) && len(body) > 20 {
				t.Errorf("the error quotes: %v", err)
			}
			return
		}
		var want struct {
			Token  *string  `json:"token"`
			Tokens []string `json:"tokens"`
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("it isn't JSON: %v", err)
		}
		tokens := len(want.Tokens)
		if want.Token != nil {
			tokens++
		}
		var answer struct {
			Verdicts []struct {
				Status string `json:"status"`
				RawUID string `json:"raw_uid"`
			} `json:"verdicts"`
		}
		if err := json.Unmarshal(server.judge(asked, time.Now()), &answer); err != nil || len(answer.Verdicts) != tokens {
			t.Fatalf("%d verdicts on %d tokens: %v", len(answer.Verdicts), tokens, err)
		}
		for _, v := range answer.Verdicts {
			if v.Status == "" || v.RawUID != "" {
				t.Error("a verdict without a status, or a raw UID of nobody")
			}
		}
	})
}

// FuzzValid: the look at a bid request as a whole comes to the same as encoding/json.
func FuzzValid(f *testing.F) {
	for _, seed := range []string{
		`{}`, bidRequest("x"), `{"a":[}]}`, `[1,2.5e-3,-0,"\u00e9\\",true,false,null]`, `01`, `-`, `1.`, `1e`, `"\x"`, `"\u12g4"`, "\"\n\"", "\"\x7f\"", "\"\xff\"", `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, `[1 2]`,
		`nul`, `truee`, `"`, `"\`, ``, ` `, " {} \r\n\t", "\v{}", `{"a":1}{}`, `{"a":"` + strings.Repeat("x", 100) + "\x01" + `"}`, strings.Repeat("[", 120) + strings.Repeat("]", 120), `+1`, `.5`, `NaN`, `'a'`, `{"a":1,,"b":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := Valid(text), json.Valid(text); got != want {
			t.Errorf("%v, and encoding/json says %v", got, want)
		}
	})
}
