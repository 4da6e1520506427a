package keyset_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
)

// everyWay returns v printed, marshaled and logged in every possible way.
func everyWay(t *testing.T, v any) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	text, err := json.Marshal(map[string]any{"v": v})
	if err != nil {
		t.Fatal(err)
	}
	out["json"] = string(text)
	var buf bytes.Buffer
	slog.New(slog.NewTextHandler(&buf, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("x", "v", v)
	out["slog"] = buf.String()
	return out
}

func TestSnapshotPrintsNoKeys(t *testing.T) {
	s := mustParse(t, sharingAnswer)
	for how, text := range everyWay(t, s) {
		if !bytes.Contains([]byte(text), []byte("[keyset of 2 UID2 keys]")) {
			t.Errorf("%s: %s", how, text)
		}
	}
}
