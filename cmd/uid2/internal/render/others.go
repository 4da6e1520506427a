package render

import (
	"strings"

	"github.com/uid2rtb/uid2rtb/inspect"
)

func (p *page) rawUID(r *inspect.RawUID) {
	p.section("Bytes: %d", r.Bytes)
	p.fields(r.Fields)
	if r.Canonical != "" {
		p.section("Under which opt-outs are kept")
		p.row(2, r.Canonical)
	}
	p.notes(r.Notes)
}

func (p *page) identity(i *inspect.Identity) {
	p.times(i.Times)
	if len(i.Predicates) > 0 {
		p.section("Predicates")
		p.checks(i.Predicates)
	}
	p.section("Refresh")
	p.row(2, i.Refresh)
	p.notes(i.Notes)
	if i.Token != nil {
		m := tokenMark(i.Token)
		p.section("Its advertising token")
		p.row(2, cell{m.sign, 1, m.style}, cell{verdict(i.Token), 0, m.style}, explanation(i.Token))
		p.token(i.Token)
	}
}

// explanation says why a token must not be used.
func explanation(t *inspect.Token) string {
	if c := failed(t); c != nil {
		return c.Why
	}
	return ""
}

func (p *page) answer(a *inspect.Answer) {
	p.section("Answer")
	opened := "not encrypted"
	switch {
	case a.Opened:
		opened = "encrypted, and opened with the secret"
	case a.Enveloped:
		opened = "encrypted, and not opened: " + a.Why
	}
	for _, line := range [][2]string{{"envelope", opened}, {"endpoint", a.Endpoint}, {"status", a.Status}} {
		if line[1] != "" {
			p.row(2, cell{line[0], 8, plain}, line[1])
		}
	}
	p.notes(a.Notes)
	p.keys(a.Keys)
	if a.Identity != nil {
		p.identity(a.Identity)
		return
	}
	p.times(a.Times)
}

// request writes what is found in a bid request.
func (p *page) request(r *inspect.Request) {
	p.section("Request: OpenRTB %s", r.OpenRTB)
	name := r.Name + ", from " + r.NameFrom
	if r.Name == "" {
		name = "none"
	}
	p.row(2, cell{"name", 8, plain}, name)
	p.notes(r.Notes)
	if len(r.UIDs) > 0 {
		p.section("Tokens")
	}
	for _, uid := range r.UIDs {
		p.uid(uid)
	}
	p.gates(r.Gates)
	p.signals(r.Signals)
	for _, delivery := range r.Deliveries {
		p.section("What a listed bidder gets in the mode %s", delivery.Mode)
		p.difference(delivery.Difference)
	}
}

func (p *page) uid(uid inspect.UID) {
	m, status := markNeutral, "passed over"
	why := uid.Why
	if uid.Token != nil {
		m, status, why = tokenMark(uid.Token), verdict(uid.Token), explanation(uid.Token)
	}
	p.row(2, cell{m.sign, 1, m.style}, cell{uid.Path, 22, plain}, cell{uid.Source, 10, plain}, cell{status, 0, m.style}, why)
	if uid.Token != nil {
		if c := failed(uid.Token); c != nil && c.Do != "" {
			p.row(5, cell{"→", 1, bold}, c.Do)
		}
	}
	if uid.Forgery {
		p.row(5, cell{"It came with an annotation, which is removed: only this host may write one.", 0, amber})
	}
}

func (p *page) gates(gates []inspect.Gate) {
	if len(gates) == 0 {
		return
	}
	p.section("Privacy gates")
	for _, gate := range gates {
		m, state := markGood, "open"
		if gate.Closed {
			m, state = markBad, "closed"
		}
		p.row(2, cell{m.sign, 1, m.style}, cell{gate.Reason, 10, plain}, cell{state, 6, m.style}, gate.Why)
	}
}

func (p *page) signals(signals []inspect.Signal) {
	if len(signals) == 0 {
		return
	}
	p.section("Privacy signals")
	for _, s := range signals {
		style, closes := plain, ""
		if s.Closes != "" {
			style, closes = red, "; closes "+s.Closes
		}
		p.row(2, cell{s.Path, 18, plain}, cell{s.Kind, 10, plain}, cell{cut(s.Value, hexColumns) + closes, 0, style})
		for _, part := range s.Parts {
			p.row(22, cell{part, 0, faint})
		}
	}
}

var differences = map[string]style{"+": green, "-": red, "…": faint}

// difference writes lines that may be long: what matters is at their beginning.
func (p *page) difference(lines []inspect.Line) {
	for _, line := range lines {
		op := line.Op
		if op == "=" {
			op = " "
		}
		text := "  " + op + " " + line.Text
		p.text.WriteString(p.paint(strings.TrimRight(cut(clean(text), p.Width), " "), differences[line.Op]) + "\n")
	}
}
