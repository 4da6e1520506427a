package report

import (
	"encoding/json"
	"math"
	"testing"
)

func TestValues(t *testing.T) {
	for v, want := range map[Value]string{0: "0", 3: "3", 123456: "123456", 0.05: "0.05", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 0.000123: "0.000123"} {
		if v.String() != want {
			t.Errorf("%s, want %s", v, want)
		}
	}
	text, err := json.Marshal([]Value{1.5, None})
	if err != nil || string(text) != "[1.5,null]" || None.String() != "–" {
		t.Errorf("%s, %v", text, err)
	}
	var back []Value
	if err := json.Unmarshal(text, &back); err != nil || back[0] != 1.5 || !math.IsNaN(float64(back[1])) {
		t.Errorf("%v, %v", back, err)
	}
}

func TestGoals(t *testing.T) {
	if !AtMost("x", 1, 1).Met || AtMost("x", 1.1, 1).Met || !AtLeast("x", 1, 1).Met || AtLeast("x", 0.9, 1).Met {
		t.Error("wrong")
	}
	if got := AtMost("x", 2, 1).String(); got != "x: 2 (at most 1): NOT met" {
		t.Error(got)
	}
}
