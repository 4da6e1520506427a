package optout

import (
	"errors"
	"testing"
)

// TestLogState: a change is reported once, and a permanent error stays.
func TestLogState(t *testing.T) {
	var s logState
	s.set(ErrLocked) // nobody is told
	var told []error
	s.tell(func(err error) { told = append(told, err) })
	steps := []struct {
		set, is, failure error
		told             int
	}{
		{ErrLocked, ErrLocked, nil, 1}, {nil, nil, nil, 2}, {nil, nil, nil, 2}, {damage{1, errCell}, ErrDamaged, nil, 3}, {ErrReplaced, ErrReplaced, ErrReplaced, 4},
		{nil, ErrReplaced, ErrReplaced, 4}, {ErrDamaged, ErrReplaced, ErrReplaced, 4},
	}
	for i, step := range steps {
		s.set(step.set)
		if !errors.Is(s.get(), step.is) || !errors.Is(s.failure(), step.failure) || len(told) != step.told {
			t.Errorf("step %d: %v, %v, told %v", i, s.get(), s.failure(), told)
		}
	}
	var healthy logState
	healthy.tell(func(err error) { t.Errorf("told %v of a healthy log", err) })
}
