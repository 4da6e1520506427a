package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// advertisingToken has a token's shape, and nothing in it.
var advertisingToken = "A4AAAABk" + strings.Repeat("bmlyZS1zdHJhdGE_", 13)

//go:embed reports.json
var reportTexts []byte

// reports answers with a report of the kind that a text looks like.
type reports struct{}

// Inspect implements [page.Inspector].
func (reports) Inspect(input inspect.Input) inspect.Report {
	var all map[string]inspect.Report
	if err := json.Unmarshal(reportTexts, &all); err != nil {
		panic(err)
	}
	report := all[kindOf(strings.TrimSpace(input.Text))]
	if report.Token != nil {
		fillBytes(report.Token, input.Reveal)
	}
	if report.Request != nil {
		for _, uid := range report.Request.UIDs {
			if uid.Token != nil {
				fillBytes(uid.Token, input.Reveal)
			}
		}
	}
	if report.Identity != nil {
		fillBytes(report.Identity.Token, input.Reveal)
	}
	if report.RawUID != nil {
		conceal(report.RawUID.Fields, input.Reveal)
		if input.Reveal {
			report.RawUID.Canonical = rawUID
		}
	}
	return report
}

func kindOf(text string) string {
	switch {
	case strings.HasPrefix(text, "A4AA"):
		return "token"
	case strings.Contains(text, `"imp"`):
		return "request"
	case text == rawUID:
		return "raw_uid"
	case strings.Contains(text, "refresh_token"):
		return "identity"
	case strings.Contains(text, `"status"`):
		return "answer"
	}
	return "unknown"
}

func fillBytes(token *inspect.Token, reveal bool) {
	for i := range token.Layers {
		conceal(token.Layers[i].Fields, reveal)
	}
	if reveal && token.Usable {
		token.Verdict = json.RawMessage(`{"status":"Success","raw":"` + rawUID + `","opted_out":false}`)
	}
}

// conceal makes up the bytes of fields, but for raw UIDs that aren't to be revealed.
func conceal(fields []inspect.Field, reveal bool) {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Masked && !reveal:
			continue
		case f.Hex == "":
			f.Hex = madeUp(f.Name, f.Bytes)
		}
		f.Masked = false
	}
}

// madeUp returns so many bytes, as hex.
func madeUp(name string, count int) string {
	var bytes []byte
	for sum := sha256.Sum256([]byte(name)); len(bytes) < count; sum = sha256.Sum256(sum[:]) {
		bytes = append(bytes, sum[:]...)
	}
	return hex.EncodeToString(bytes[:count])
}
