package settings_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/internal/settings"
)

type section struct {
	A settings.Scalar `json:"a"`
	B settings.Scalar `json:"b"`
	C settings.Scalar `json:"c"`
}

func read(t *testing.T, text string) (s section) {
	t.Helper()
	if err := settings.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// What a value means doesn't depend on whether it is a text.
func TestScalars(t *testing.T) {
	for text, want := range map[string]string{
		`"x"`: "x", `7`: "7", `-1.5`: "-1.5", `true`: "true", `"true"`: "true", `null`: "", `""`: "", `"\u0041"`: "A",
	} {
		a := read(t, `{"a":`+text+`}`).A
		if a.Text() != want || a.Absent() != (want == "") || a.Or("other") == want == a.Absent() {
			t.Errorf("%s: %q", text, a.Text())
		}
	}
	var s section
	for _, text := range []string{`{}`, `[]`, `[1]`, `{"x":1}`} {
		err := settings.Unmarshal([]byte(`{"a":`+text+`}`), &s)
		if err == nil || !strings.Contains(err.Error(), "a single value is wanted") {
			t.Errorf("%s: %q, %v", text, s.A.Text(), err)
		}
	}
}

func TestMeanings(t *testing.T) {
	s := read(t, `{"a":"true","b":"3s"}`)
	if on, err := s.A.Bool("a", false); err != nil || !on {
		t.Error(on, err)
	}
	if on, err := s.C.Bool("c", true); err != nil || !on {
		t.Error(on, err)
	}
	if on, err := read(t, `{"a":false}`).A.Bool("a", true); err != nil || on {
		t.Error(on, err)
	}
	for limits, ok := range map[[2]time.Duration]bool{
		{3 * time.Second, 3 * time.Second}: true, {3*time.Second + 1, time.Hour}: false, {0, 3*time.Second - 1}: false,
	} {
		if d, err := s.B.Duration("b", 0, limits[0], limits[1]); (err == nil) != ok || ok && d != 3*time.Second {
			t.Error(limits, d, err)
		}
	}
	if d, err := s.C.Duration("c", 7, 0, 1); err != nil || d != 7 {
		t.Error(d, err)
	}
	if word, err := s.B.OneOf("b", "x", "x", "3s"); err != nil || word != "3s" {
		t.Error(word, err)
	}
	if word, err := s.C.OneOf("c", "x", "y"); err != nil || word != "x" {
		t.Error(word, err)
	}
}

// An error names the setting and has no value.
func TestErrors(t *testing.T) {
	s := read(t, `{"a":"canary"}`)
	_, noBool := s.A.Bool("part.a", false)
	_, noDuration := s.A.Duration("part.a", 0, 0, 1)
	_, tooLong := read(t, `{"a":"3s"}`).A.Duration("part.a", 0, time.Second, 2*time.Second)
	_, noWord := s.A.OneOf("part.a", "x", "x", "y")
	for want, err := range map[string]error{
		"part.a: true or false is wanted":                    noBool,
		`part.a: a duration such as "10s" or "1h" is wanted`: noDuration,
		"part.a: it must lie between 1s and 2s":              tooLong,
		`part.a: one of ["x" "y"] is wanted`:                 noWord,
	} {
		var named *settings.Error
		if err == nil || err.Error() != want || !errors.As(err, &named) || named.Setting != "part.a" {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestUnmarshalIsStrict(t *testing.T) {
	for _, text := range []string{``, ` `, `{}`, `null`} {
		if s := read(t, text); s != (section{}) {
			t.Errorf("%s: %v", text, s)
		}
	}
	var s section
	const more = "the section: one JSON object is wanted, with nothing after it"
	for text, want := range map[string]string{
		`{"d":1}`: `d: unknown field "d"`, `{"A":1}`: `A: unknown field "A"`, `{"a":1,"a":2}`: "a: it stands there twice", `{} {}`: more, `{}x`: more, `[]`: "the section: an object is wanted", `{`: "unexpected EOF", `"a"`: "the section: an object is wanted",
	} {
		if err := settings.Unmarshal([]byte(text), &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A secret stands in exactly one place.
func TestSecrets(t *testing.T) {
	t.Setenv("UID2RTB_TEST_SECRET", "from the environment")
	dir := t.TempDir()
	file, empty := filepath.Join(dir, "secret"), filepath.Join(dir, "empty")
	for path, text := range map[string]string{file: "\n from a file \n", empty: " \n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const severalPlaces = "s: set exactly one of s, s_env and s_file"
	for text, c := range map[string]struct{ secret, err string }{
		`{"a":" inline "}`:                    {" inline ", ""},
		`{"b":"UID2RTB_TEST_SECRET"}`:         {"from the environment", ""},
		`{"c":"` + file + `"}`:                {"from a file", ""},
		`{}`:                                  {"", severalPlaces},
		`{"a":"x","b":"UID2RTB_TEST_SECRET"}`: {"", severalPlaces},
		`{"a":"x","c":"y"}`:                   {"", severalPlaces},
		`{"b":"x","c":"y"}`:                   {"", severalPlaces},
		`{"b":"UID2RTB_TEST_UNSET"}`:          {"", "s_env: the environment variable that it names is empty"},
		`{"c":"` + empty + `"}`:               {"", "s_file: the file is empty"},
		`{"c":"/dev/zero"}`:                   {"", "s_file: the file is longer than any secret"},
	} {
		s := read(t, text)
		secret := settings.Secret{Inline: s.A, Env: s.B, File: s.C}
		got, err := secret.Resolve("s")
		if got != c.secret || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err || secret.Used() != (text != `{}`) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	var named *settings.Error
	if _, err := (settings.Secret{File: read(t, `{"a":"/nowhere/secret"}`).A}).Resolve("s"); !errors.Is(err, fs.ErrNotExist) ||
		!errors.As(err, &named) || named.Setting != "s_file" {
		t.Error(err)
	}
}
