package main

import (
	"embed"
	"fmt"
	"go/version"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// testedFiles say with which Prebid Server of each major version the module is tested, and what
// that one requires itself.
//
//go:embed tested
var testedFiles embed.FS

// requirements are a Prebid Server's: its version, its go line, and its direct requirements.
type requirements struct {
	server, goLine string
	versions       map[string]string
}

func (m major) tested() requirements {
	text, err := testedFiles.ReadFile("tested/" + string(m) + ".txt")
	if err != nil {
		panic(err) // a test reads all of them
	}
	r := requirements{versions: map[string]string{}}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		switch name, value, _ := strings.Cut(line, " "); name {
		case "prebid-server":
			r.server = value
		case "go":
			r.goLine = value
		default:
			r.versions[name] = value
		}
	}
	return r
}

// newer lists what a tree requires in a higher version than was tested.
func (m major) newer(mod *modfile.File) (lines []string) {
	tested := m.tested()
	if is := goLine(mod); version.Compare("go"+is, "go"+tested.goLine) > 0 {
		lines = append(lines, fmt.Sprintf("go %s; tested with %s", is, tested.goLine))
	}
	for _, r := range mod.Require {
		if v := tested.versions[r.Mod.Path]; v != "" && semver.Compare(r.Mod.Version, v) > 0 {
			lines = append(lines, fmt.Sprintf("%s %s; tested with %s", r.Mod.Path, r.Mod.Version, v))
		}
	}
	return lines
}

func goLine(mod *modfile.File) string {
	if mod.Go == nil {
		return "1.16" // what a go.mod without the line means
	}
	return mod.Go.Version
}

// versions maps the modules that are required to their versions.
func versions(mod *modfile.File) map[string]string {
	all := map[string]string{}
	for _, r := range mod.Require {
		all[r.Mod.Path] = r.Mod.Version
	}
	return all
}
