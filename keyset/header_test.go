package keyset

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzHeader: the answer is parsed as the standard library parses it.
func FuzzHeader(f *testing.F) {
	for _, seed := range []string{
		`{"status":"success","body":{"identity_scope":"UID2","allow_clock_skew_seconds":1800,"token_expiry_seconds":"2592000","keys":[{"id":1,"keyset_id":2,"created":3,"activates":4,"expires":5,"secret":"AA=="}],"site_data":[{"id":1,"domain_names":["example.com"]}]}}`,
		`{"status":"success","body":[{"id":1,"site_id":-1,"activates":4,"expires":5,"secret":"AA=="}]}`,
		`{"STATUS":"success","Body":{"keys":[null,{}],"keys":[{"id":1}]}}`, `{"body":{"keys":[{"id":1.5}]}}`, `{"body":{"keys":[{"id":-1,"secret":"\ud800\n"}]}}`,
		`{"body":{"keys":[{"id":4294967296}]}}`, `{"body":{"keys":{}}}`, `{"body":null}`, `[]`, `{"body":{"keys":[{"id":"1"}],"token_expiry_seconds":null}}`, `{"body":{"keys":[{"id":1e2}]}}`,
		`{"body":{"keys":[{"id":"7","created":5.0,"expires":"5e3","keyset_id":null}],"caller_site_id":-1,"master_keyset_id":1,"master_keyset_id":null}}`,
		`{"body":{"keys":[],"site_data":[{},null,{"id":"1.0","domain_names":[null]}],"allow_clock_skew_seconds":" 1"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var outer envelope
		want, wantErr := new(header), json.Unmarshal(answer, &outer)
		if wantErr == nil && len(outer.Body) > 0 && outer.Body[0] == '[' {
			wantErr = json.Unmarshal(outer.Body, &want.Keys)
		} else if wantErr == nil {
			wantErr = json.Unmarshal(outer.Body, want)
		}
		if wantErr != nil || want.Keys == nil || outer.Status != nil && *outer.Status != "success" {
			want = nil
		}
		got, err := parseHeader(answer)
		if (err == nil) != (want != nil) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, %v; the standard library reads %+v, %v", got, err, want, wantErr)
		}
	})
}
