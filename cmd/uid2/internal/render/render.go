package render

import (
	"io"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// Options say how to write.
type Options struct {
	Colour bool           // with the colours of a terminal
	Width  int            // in columns; 0 means 100
	Zone   *time.Location // of times; nil means UTC
}

// defaultWidth is narrow enough for two windows side by side.
const defaultWidth = 100

// Report writes a report.
func Report(w io.Writer, report *inspect.Report, options Options) error {
	if options.Width == 0 {
		options.Width = defaultWidth
	}
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	p := &page{Options: options}
	p.headline(report)
	switch {
	case report.Token != nil:
		p.token(report.Token)
	case report.Request != nil:
		p.request(report.Request)
	case report.RawUID != nil:
		p.rawUID(report.RawUID)
	case report.Identity != nil:
		p.identity(report.Identity)
	case report.Answer != nil:
		p.answer(report.Answer)
	}
	for _, attempt := range report.Tried {
		p.row(2, cell{string(attempt.Kind), 10, plain}, attempt.Why)
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// headline writes what the report says in a sentence, and what to do.
func (p *page) headline(report *inspect.Report) {
	mark, status := markNeutral, string(report.Kind)
	if t := report.Token; t != nil {
		mark, status = tokenMark(t), verdict(t)
	}
	p.row(0, cell{mark.sign, 1, mark.style}, cell{status, 0, mark.style}, report.Summary)
	for _, advice := range report.Advice {
		p.row(2, cell{"→", 1, bold}, advice)
	}
	p.notes(report.Notes)
}

// tokenMark says at a glance whether a token may be used.
func tokenMark(t *inspect.Token) mark {
	switch {
	case t.Usable:
		return markGood
	case failed(t) == nil:
		return markNeutral
	}
	return markBad
}

// verdict is a token's status, if there were keys to judge it with or if it is damaged.
func verdict(t *inspect.Token) string {
	if len(t.Verdict) == 0 && failed(t) == nil {
		return "not judged"
	}
	return t.Status
}

// failed returns the check that failed, or nil.
func failed(t *inspect.Token) *inspect.Check {
	for i := range t.Checks {
		if t.Checks[i].Outcome == inspect.Failed {
			return &t.Checks[i]
		}
	}
	return nil
}
