package bidder

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Mode is how annotations are written into a request.
type Mode uint8

const (
	// Annotate writes ext.uid2 beside the token. It is the default.
	Annotate Mode = iota
	// Replace puts the raw UID in place of the token, and removes a uid that has no raw UID to
	// give.
	Replace
	// DropOptedOut writes as Annotate does, but removes the uid of a user who opted out.
	DropOptedOut
)

var modeNames = []string{Annotate: "annotate", Replace: "replace", DropOptedOut: "drop_opted_out"}

// String is the mode's name in a configuration.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "invalid mode"
}

// ParseMode reads a mode's name. "" is the default.
func ParseMode(text string) (Mode, error) {
	if text == "" {
		return Annotate, nil
	}
	for m, name := range modeNames {
		if text == name {
			return Mode(m), nil
		}
	}
	return 0, fmt.Errorf("one of %q is wanted", modeNames)
}

func (m Mode) check() error {
	if int(m) >= len(modeNames) {
		return configError(SettingMode, fmt.Sprintf("one of %q is wanted", modeNames))
	}
	return nil
}

// Edit turns an annotation into what this mode makes of it.
func (m Mode) Edit(annotation openrtb.Annotation) openrtb.Edit {
	switch {
	case m == Replace && annotation.Raw != "":
		return openrtb.Edit{Action: openrtb.Replace, ID: annotation.Raw}
	case m == Replace, m == DropOptedOut && annotation.OptedOut == openrtb.OptedOutTrue:
		return openrtb.Edit{Action: openrtb.Remove}
	}
	return openrtb.Edit{Action: openrtb.Annotate, Annotation: annotation}
}
