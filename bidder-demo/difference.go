package main

import (
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// difference compares two texts line by line.
func difference(before, after string) []inspect.Line {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	lines := []inspect.Line{}
	add := func(op string, texts []string) {
		for _, text := range texts {
			lines = append(lines, inspect.Line{Op: op, Text: text})
		}
	}
	for _, code := range difflib.NewMatcher(a, b).GetOpCodes() {
		if code.Tag == 'e' {
			add("=", a[code.I1:code.I2])
			continue
		}
		add("-", a[code.I1:code.I2])
		add("+", b[code.J1:code.J2])
	}
	return lines
}
