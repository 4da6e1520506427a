package record

import (
	"strings"

	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/module/redact"
)

// mask returns a function that takes the raw UIDs of an auction out of a text, in whatever form
// they are, and what looks like anybody's: who plays a request of his own may have put one into it.
// What the module has taken out already looks different.
func (r *Recorder) mask(rec *recording) func(string) string {
	raws := r.config.Read(rec.incoming.kept).Raws
	for _, c := range rec.calls {
		raws = append(raws, c.read.Raws...)
	}
	if r.config.Known != nil {
		raws = append(raws, r.config.Known()...)
	}
	set := redact.New(raws)
	return func(s string) string {
		s = strings.ReplaceAll(s, redact.Replacement, byModule)
		s, _ = set.String(s)
		parts, _ := set.Parts([]byte(s))
		known := strings.NewReplacer(redact.Replacement, inspect.Masked, byModule, redact.Replacement).Replace(string(parts))
		return string(inspect.Mask([]byte(known)))
	}
}

// byModule stands for a replacement of the module's own meanwhile. No JSON has a NUL.
const byModule = "\x00by the module\x00"
