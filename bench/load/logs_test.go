package main

import "testing"

func TestUnexpected(t *testing.T) {
	for line, is := range map[string]bool{
		"I1127 02:10:45.710453   15816 x.go:22] hello":                                             false,
		"W1127 02:10:45.710453   15816 x.go:22] a warning":                                         false,
		"E1127 02:10:45.710453   15816 x.go:22] something broke":                                   true,
		"F1127 02:10:45.710453   15816 x.go:22] the end":                                           true,
		"E1127 02:10:45.710453   15816 x.go:22] write: broken pipe":                                false,
		"E1127 02:10:45.710453   15816 x.go:22] Admin server quit with error: http: Server closed": false,
		"panic: runtime error: index out of range":                                                 true,
		"fatal error: concurrent map writes":                                                       true,
		"goroutine 17 [running]:":                                                                  true,
		`time=2026-11-27T02:10:45Z level=ERROR msg="keys are stale"`:                               true,
	} {
		if got := unexpected("first\n" + line + "\nlast\n"); (len(got) == 1) != is {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got := unexpected("E1127 a\nE1127 b\nE1127 c\nE1127 d\nE1127 e\nE1127 f\n"); len(got) != 5 {
		t.Errorf("%d lines", len(got))
	}
}
