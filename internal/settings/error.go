package settings

import "errors"

// Error says which setting is impossible.
type Error struct {
	Setting string // as it was written, such as opt_outs.store
	Err     error  // what is wrong with it
}

// Error names the setting.
func (e *Error) Error() string { return e.Setting + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Wrong returns an [Error] that says what a setting wants.
func Wrong(setting, want string) error { return &Error{setting, errors.New(want)} }
