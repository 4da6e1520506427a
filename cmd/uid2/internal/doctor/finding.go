package doctor

import "fmt"

// Status is how a check ended.
type Status string

// How checks end.
const (
	OK         Status = "ok"
	Warning    Status = "warning"     // it works, and shouldn't be left like this
	Wrong      Status = "wrong"       // it doesn't work
	NotChecked Status = "not checked" // another check failed, or what is needed wasn't given
)

// Finding is the result of a check.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"` // what to do about it, if anything is to be done
}

// findings are the results about a subject, in order.
type findings struct {
	prefix string // before the name of each check
	list   []Finding
}

func (f *findings) add(check string, status Status, text, remedy string) {
	f.list = append(f.list, Finding{f.prefix + check, status, text, remedy})
}

func (f *findings) ok(check, format string, args ...any) {
	f.add(check, OK, fmt.Sprintf(format, args...), "")
}

func (f *findings) warning(check, text, remedy string) { f.add(check, Warning, text, remedy) }

func (f *findings) wrong(check, text, remedy string) { f.add(check, Wrong, text, remedy) }

// skip adds checks that weren't made.
func (f *findings) skip(because string, checks ...string) {
	for _, check := range checks {
		f.add(check, NotChecked, "because "+because, "")
	}
}

// Count returns the number of findings with a status.
func Count(all []Finding, status Status) (n int) {
	for _, f := range all {
		if f.Status == status {
			n++
		}
	}
	return n
}

// Unread reports whether the settings couldn't be read, so that it isn't known what they have.
func Unread(settings []Finding) bool { return Count(settings, Wrong) > 0 }
