package record

import (
	"strings"

	"github.com/uid2rtb/uid2rtb/module/redact"
)

// Masked stands in the place of a raw UID that isn't to be seen.
const Masked = "[raw UID]"

// mask returns a function that takes the raw UIDs of an auction out of a text, in whatever form
// they are. What the module has taken out already looks different.
func (r *Recorder) mask(rec *recording) func(string) string {
	raws := r.config.Read(rec.incoming.kept).Raws
	for _, c := range rec.calls {
		raws = append(raws, c.read.Raws...)
	}
	if r.config.Known != nil {
		raws = append(raws, r.config.Known()...)
	}
	if len(raws) == 0 {
		return func(s string) string { return s }
	}
	set := redact.New(raws)
	return func(s string) string {
		s = strings.ReplaceAll(s, redact.Replacement, byModule)
		s, _ = set.String(s)
		parts, _ := set.Parts([]byte(s))
		return strings.NewReplacer(redact.Replacement, Masked, byModule, redact.Replacement).Replace(string(parts))
	}
}

// byModule stands for a replacement of the module's own meanwhile. No JSON has a NUL.
const byModule = "\x00by the module\x00"
