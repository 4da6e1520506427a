package openrtb_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

func TestAnnotationJSON(t *testing.T) {
	for _, test := range []struct {
		annotation openrtb.Annotation
		want       string
	}{
		{success.Annotation, `{"status":"Success","raw":"oKg0ZY9ieD/CGMEjAA0kcq+8aUbLMBG0MgCT3kWUnJs=","opted_out":false,` +
			`"type":"email","version":4,"established":1700000000000,"expires":1700086400000,"site_id":123}`},
		{openrtb.Annotation{Status: "UserOptedOut", OptedOut: openrtb.OptedOutTrue, OptedOutSinceMs: 1700000000000},
			`{"status":"UserOptedOut","opted_out":true,"opted_out_since":1700000000000}`},
		{openrtb.Annotation{Status: "Success", OptedOut: openrtb.OptedOutNull}, `{"status":"Success","opted_out":null}`},
		{openrtb.Annotation{Status: "Success", HasSiteID: true}, `{"status":"Success","site_id":0}`},
		{openrtb.Annotation{Status: " ~!", Reason: " ~!", Raw: " ~!", Type: " ~!"}, `{"status":" ~!","reason":" ~!","raw":" ~!","type":" ~!"}`},
		{openrtb.Annotation{Status: "\x1f", Reason: "\x00", Raw: `"`, Type: `\`}, `{"status":"\u001f","reason":"\u0000","raw":"\"","type":"\\"}`},
		{openrtb.Annotation{Status: "é", OptedOut: openrtb.OptedOutFalse, OptedOutSinceMs: -1, Version: 1, EstablishedMs: 1, ExpiresMs: 1, SiteID: 1<<32 - 1, HasSiteID: true},
			`{"status":"é","opted_out":false,"opted_out_since":-1,"version":1,"established":1,"expires":1,"site_id":4294967295}`},
		{openrtb.Annotation{Status: "s", SiteID: 7, OptedOut: openrtb.OptedOutNull + 1}, `{"status":"s"}`},
		{openrtb.Annotation{Status: "ExpiredToken"}, `{"status":"ExpiredToken"}`},
		{openrtb.Annotation{Status: "Withheld", Reason: "coppa"}, `{"status":"Withheld","reason":"coppa"}`},
		{openrtb.Annotation{Status: "a\"b\\c\n\x7f\u00e9\xff", OptedOut: 99}, `{"status":"a\"b\\c\n` + "\x7f\u00e9" + `\ufffd"}`},
		{openrtb.Annotation{Status: "\u00e9\xff"}, "{\"status\":\"\u00e9\\ufffd\"}"},
	} {
		if got := string(test.annotation.AppendJSON([]byte("x"))); got != "x"+test.want {
			t.Errorf("got  %s\nwant x%s", got, test.want)
		}
	}
}

// No way to print an annotation or an edit shows a raw UID, which may also be the new id of a uid.
func TestAnnotationsPrintRedacted(t *testing.T) {
	edit := openrtb.Edit{Action: openrtb.Replace, Annotation: success.Annotation, ID: success.Annotation.Raw}
	var out bytes.Buffer
	for _, value := range []any{edit, &edit, edit.Annotation, &edit.Annotation, []openrtb.Edit{edit}, map[string]any{"a": edit}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		fmt.Fprintln(&out, value)
		if printer, ok := value.(fmt.GoStringer); ok {
			fmt.Fprintln(&out, printer.GoString())
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
		if err := json.NewEncoder(&out).Encode(value); err != nil {
			t.Fatal(err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb+verb, edit.Annotation, edit); got != "[annotation Success][edit 2]" {
			t.Errorf("%s: %s", verb, got)
		}
	}
	for _, value := range []interface {
		LogValue() slog.Value
		MarshalText() ([]byte, error)
	}{edit, edit.Annotation} {
		if text, err := value.MarshalText(); err != nil || string(text) != fmt.Sprint(value) || value.LogValue().String() != string(text) {
			t.Errorf("%s, %v, %v", text, err, value.LogValue())
		}
	}
	if strings.Contains(out.String(), success.Annotation.Raw) || strings.Contains(out.String(), fmt.Sprintf("%x", success.Annotation.Raw)) {
		t.Error("a raw UID is printed")
	}
	if !strings.Contains(out.String(), "[annotation Success]") || !strings.Contains(out.String(), "[edit 2]") {
		t.Error("the text is empty")
	}
}

func TestSources(t *testing.T) {
	for text, want := range map[string]openrtb.Source{
		"uidapi.com": openrtb.SourceUID2, "UIDAPI.com": openrtb.SourceUID2, "euid.eu": openrtb.SourceEUID, "Euid.EU": openrtb.SourceEUID,
		"": openrtb.SourceOther, "uidapi.com ": openrtb.SourceOther, "euid.EUR": openrtb.SourceOther, "uidapi\x0ecom": openrtb.SourceOther,
	} {
		if got := openrtb.SourceOf(text); got != want || openrtb.SourceOf([]byte(text)) != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if got := fmt.Sprint(openrtb.SourceUID2, openrtb.SourceEUID, openrtb.SourceOther); got != "uidapi.com euid.eu other" {
		t.Errorf("got %q", got)
	}
}
