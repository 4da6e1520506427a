package markdown

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Link is a link of a page to somewhere else, or a picture.
type Link struct {
	Line   int
	Target string // as it stands there
}

var (
	code    = regexp.MustCompile("``[^`].*?``|`[^`]*`")
	inline  = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)`)
	picture = regexp.MustCompile(`<(?:img|source)[^>]* (?:src|srcset)="([^"]+)"`)
	named   = regexp.MustCompile(`^ {0,3}\[[^\]]+\]: *(\S+)`)
)

// Links returns the links of a page outside of code.
func Links(page string) (links []Link) {
	walk(page, func(l line) {
		text := code.ReplaceAllString(l.text, "``")
		for _, pattern := range []*regexp.Regexp{inline, picture, named} {
			for _, match := range pattern.FindAllStringSubmatch(text, -1) {
				links = append(links, Link{l.number, match[1]})
			}
		}
	}, func(Block) {})
	return links
}

// Anchors returns the anchors that GitHub gives a page's headings.
func Anchors(page string) map[string]bool {
	anchors := make(map[string]bool)
	walk(page, func(l line) {
		title, level := headingOf(l.text)
		if level == 0 {
			return
		}
		anchor := Anchor(title)
		for i := 1; anchors[anchor]; i++ {
			anchor = fmt.Sprintf("%s-%d", Anchor(title), i)
		}
		anchors[anchor] = true
	}, func(Block) {})
	return anchors
}

var linked = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// Anchor returns the anchor that GitHub gives a heading.
func Anchor(heading string) string {
	text := linked.ReplaceAllString(heading, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// Broken returns what is wrong with the links of a file to other files, each in one sentence.
func Broken(file string) (faults []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for _, link := range Links(string(text)) {
		if fault := broken(file, string(text), link.Target); fault != "" {
			faults = append(faults, fmt.Sprintf("%s:%d: %s: %s", file, link.Line, link.Target, fault))
		}
	}
	return faults, nil
}

func broken(file, text, target string) string {
	to, err := url.Parse(target)
	if err != nil {
		return "no link"
	}
	if to.Scheme != "" || strings.HasPrefix(to.Path, "/") { // of another site
		return ""
	}
	path := file
	if to.Path != "" {
		path = filepath.Join(filepath.Dir(file), filepath.FromSlash(to.Path))
		if _, err := os.Stat(path); err != nil {
			return "there is no such file"
		}
	}
	if to.Fragment == "" || filepath.Ext(path) != ".md" {
		return ""
	}
	if path != file {
		other, err := os.ReadFile(path)
		if err != nil {
			return err.Error()
		}
		text = string(other)
	}
	if !Anchors(text)[to.Fragment] {
		return "the page has no such heading"
	}
	return ""
}
