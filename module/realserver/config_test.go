//go:build pbstree

package realserver_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"gopkg.in/yaml.v3"
)

// settings is a host's configuration, or a part of it.
type settings map[string]any

// module is the path of the module's own section.
const module = "hooks.modules.uid2.decrypt"

// fullConfig is testdata/pbs.yaml with values.
func fullConfig(t *testing.T, values any) settings {
	t.Helper()
	config, err := template.ParseFiles("testdata/pbs.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := config.Option("missingkey=error").Execute(&text, values); err != nil {
		t.Fatal(err)
	}
	var s settings
	if err := yaml.Unmarshal(text.Bytes(), &s); err != nil {
		t.Fatalf("%v\n%s", err, text.Bytes())
	}
	return s
}

// unset is a value for set that removes a setting.
var unset = new(struct{})

// set changes the setting at a path of names with dots between them.
func (s settings) set(path string, value any) {
	name, rest, deeper := strings.Cut(path, ".")
	switch {
	case deeper:
		below, ok := s[name].(settings)
		if !ok {
			below = settings{}
			s[name] = below
		}
		below.set(rest, value)
	case value == unset:
		delete(s, name)
	default:
		s[name] = value
	}
}

// write writes the configuration where a server in a directory looks for it.
func (s settings) write(t *testing.T, dir string) {
	t.Helper()
	text, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pbs.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// store writes stored things of one kind to where a server in a directory looks for them.
func store(t *testing.T, dir, kind string, all map[string]json.RawMessage) {
	t.Helper()
	dir = filepath.Join(dir, "stored", kind)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for id, text := range all {
		if err := os.WriteFile(filepath.Join(dir, id+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
