package main

import (
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// site is a built site.
type site struct {
	base   string
	files  map[string]bool   // by their path from the site's root
	pages  map[string]page   // HTML
	others map[string]string // style sheets and scripts
}

// page is what a page has to do with others.
type page struct {
	elements []element
	ids      map[string]bool
}

// element is one that has a reference.
type element struct {
	name, attribute, to string
	rel                 string // of a link
}

// read reads the site in a directory.
func read(dir, base string) (*site, error) {
	s := &site{base, make(map[string]bool), make(map[string]page), make(map[string]string)}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		s.files[name] = true
		switch path.Ext(name) {
		case ".html", ".css", ".js":
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			if path.Ext(name) == ".html" {
				s.pages[name] = parse(string(text))
			} else {
				s.others[name] = string(text)
			}
		}
		return nil
	})
	if err == nil && len(s.pages) == 0 {
		err = fmt.Errorf("%s has no pages", dir)
	}
	return s, err
}

// The generator writes each attribute in double quotes.
var (
	inlineScript = regexp.MustCompile(`(?s)(<script[^>]*>).*?</script>`)
	tag          = regexp.MustCompile(`<([a-z][a-z0-9-]*)((?:\s+[^\s"'>=/]+(?:="[^"]*")?)*)\s*/?>`)
	attribute    = regexp.MustCompile(`([^\s"'>=/]+)="([^"]*)"`)
)

func parse(text string) page {
	p := page{ids: make(map[string]bool)}
	for _, match := range tag.FindAllStringSubmatch(inlineScript.ReplaceAllString(text, "$1"), -1) {
		attributes := make(map[string]string)
		for _, a := range attribute.FindAllStringSubmatch(match[2], -1) {
			attributes[a[1]] = html.UnescapeString(a[2])
		}
		if id := attributes["id"]; id != "" {
			p.ids[id] = true
		}
		for _, name := range []string{"href", "src", "data", "poster", "action"} {
			if to, there := attributes[name]; there {
				p.elements = append(p.elements, element{match[1], name, to, attributes["rel"]})
			}
		}
		for _, candidate := range strings.Split(attributes["srcset"], ",") {
			if to, _, _ := strings.Cut(strings.TrimSpace(candidate), " "); to != "" {
				p.elements = append(p.elements, element{match[1], "srcset", to, ""})
			}
		}
	}
	return p
}

// faults returns what is wrong, in order.
func (s *site) faults() (faults []string) {
	for name, page := range s.pages {
		for _, e := range page.elements {
			if fault := s.fault(name, page, e); fault != "" {
				faults = append(faults, fmt.Sprintf("%s: <%s %s=%q>: %s", name, e.name, e.attribute, e.to, fault))
			}
		}
	}
	for name, text := range s.others {
		if request := elsewhere.FindString(text); request != "" {
			faults = append(faults, fmt.Sprintf("%s: %s: asks another host", name, request))
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// elsewhere is a style sheet's or a script's request to another host.
var elsewhere = regexp.MustCompile("(?:@import\\s*(?:url\\()?|url\\(|import\\(|\\bfrom|fetch\\(|importScripts\\(|\\.src\\s*=|new (?:WebSocket|EventSource|Worker)\\(|sendBeacon\\()\\s*[\"'`]?(?:https?:|wss?:)?//[^\\s\"'`)]*")

// fault says what is wrong with a reference.
func (s *site) fault(name string, from page, e element) string {
	to, err := url.Parse(e.to)
	switch {
	case err != nil:
		return "no address"
	case to.Scheme == "data":
		return ""
	case to.Scheme != "" || to.Host != "":
		if e.name == "a" || e.rel == "canonical" {
			return ""
		}
		return "asks another host"
	}
	if to.Path == "" {
		return missing(from, to.Fragment)
	}
	target := path.Join("/", path.Dir(name), to.Path)
	if strings.HasPrefix(to.Path, "/") {
		inside, ok := strings.CutPrefix(to.Path, s.base)
		if !ok {
			return "not of this site"
		}
		target = "/" + inside
	}
	for _, file := range []string{target, target + ".html", path.Join(target, "index.html")} {
		if file = strings.TrimPrefix(file, "/"); s.files[file] {
			return missing(s.pages[file], to.Fragment)
		}
	}
	return "there is no such page"
}

// missing says that a page lacks an anchor. It is kind to what isn't HTML.
func missing(p page, fragment string) string {
	if fragment == "" || p.ids == nil || p.ids[fragment] {
		return ""
	}
	return "the page has no such anchor"
}
