// Package settingstest has what the tests of configurations share: which settings there are, one
// that is changed, and that none of them prints a secret.
package settingstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/settings"
)

// Names lists every setting that a configuration's struct reads, such as opt_outs.nats.urls; of an
// entry of a list, bidders.name.
func Names(section reflect.Type) []string {
	names := namesIn(section, "")
	slices.Sort(names)
	return names
}

func namesIn(section reflect.Type, prefix string) (names []string) {
	for i := range section.NumField() {
		field := section.Field(i)
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct {
			inner = inner.Elem()
		}
		name := prefix + strings.Split(field.Tag.Get("json"), ",")[0]
		switch {
		case field.Anonymous:
			names = append(names, namesIn(inner, prefix)...)
		case inner.Kind() == reflect.Struct && inner != reflect.TypeFor[settings.Scalar]():
			names = append(names, namesIn(inner, name+".")...)
		default:
			names = append(names, name)
		}
	}
	return names
}

// Same compares what there is with a list of it, in any order, each once.
func Same(t *testing.T, list string, all, listed []string) {
	t.Helper()
	for _, name := range slices.Concat(listed, all) {
		if !slices.Contains(all, name) {
			t.Errorf("%s: there is no %s", list, name)
		}
		if n := len(listed) - len(slices.DeleteFunc(slices.Clone(listed), func(s string) bool { return s == name })); n != 1 {
			t.Errorf("%s: %s is there %d times", list, name, n)
		}
	}
}

// With changes settings of a configuration: name, value, name, value. Each name is a path such as
// uid2.timeout, in a list that of its first entry, and each value JSON.
func With(t *testing.T, plain string, changes ...string) string {
	t.Helper()
	var section map[string]any
	if err := json.Unmarshal([]byte(plain), &section); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		at, path := section, strings.Split(changes[i], ".")
		for _, name := range path[:len(path)-1] {
			at = inside(at, name)
		}
		at[path[len(path)-1]] = json.RawMessage(changes[i+1])
	}
	text, err := json.Marshal(section)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inside returns a section of another one, made if there is none.
func inside(at map[string]any, name string) map[string]any {
	switch section := at[name].(type) {
	case map[string]any:
		return section
	case []any:
		return section[0].(map[string]any)
	}
	section := map[string]any{}
	at[name] = section
	return section
}

// NoCanary prints a value in all ways, none of which may show a secret: "canary".
func NoCanary(t *testing.T, v any) {
	t.Helper()
	var logged bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
		slog.New(handler).Info("printed", "value", v)
	}
	text, _ := json.Marshal(v) // which not every value can be
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) + logged.String() + string(text)
	if strings.Contains(printed, "canary") || strings.Contains(printed, fmt.Sprintf("%x", "canary")) {
		t.Error(printed)
	}
}
