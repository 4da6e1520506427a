//go:build linux && byhand

package compose_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// stage is a stage of a Dockerfile.
type stage struct {
	name, from string
	steps      []step
}

// step is an instruction: RUN --mount=type=cache,target=X text
type step struct {
	name  string
	flags []string // without dashes
	text  string
}

// flag returns the value of the flag that stands once in a step.
func (s step) flag(name string) string {
	for _, flag := range s.flags {
		if value, ok := strings.CutPrefix(flag, name+"="); ok {
			return value
		}
	}
	return ""
}

// words returns the words of an instruction's text, or the list that it is in JSON.
func (s step) words() (words []string) {
	if json.Unmarshal([]byte(s.text), &words) == nil {
		return words
	}
	return strings.Fields(s.text)
}

// readDockerfile reads the stages of a Dockerfile. They begin with the images that it names by itself.
func readDockerfile(t *testing.T, path string) (stages []stage) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]string{}
	for _, s := range steps(string(text)) {
		switch {
		case s.name == "FROM":
			words := s.words()
			if len(words) != 3 {
				t.Fatalf("%s: a stage without a name: %s", path, s.text)
			}
			stages = append(stages, stage{name: words[2], from: os.Expand(words[0], func(name string) string { return args[name] })})
		case len(stages) == 0:
			name, value, _ := strings.Cut(s.text, "=")
			args[name] = value
		default:
			last := &stages[len(stages)-1]
			last.steps = append(last.steps, s)
		}
	}
	return stages
}

// steps splits a Dockerfile into its instructions.
func steps(text string) (all []step) {
	var joined string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if more, ok := strings.CutSuffix(line, `\`); ok {
			joined += more + " "
			continue
		}
		s := step{}
		s.name, s.text, _ = strings.Cut(joined+line, " ")
		joined = ""
		for strings.HasPrefix(strings.TrimSpace(s.text), "--") {
			var flag string
			flag, s.text, _ = strings.Cut(strings.TrimSpace(s.text), " ")
			s.flags = append(s.flags, strings.TrimPrefix(flag, "--"))
		}
		s.text = strings.TrimSpace(s.text)
		all = append(all, s)
	}
	return all
}

// environment returns variables as a process gets them.
func environment(variables map[string]string) (env []string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		env = append(env, name+"="+variables[name])
	}
	return env
}
