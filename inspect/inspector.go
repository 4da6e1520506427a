package inspect

import (
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// Config is what an Inspector knows. Its zero value explains what can be read without keys.
type Config struct {
	Keys    map[codec.Scope]bidstream.KeySource // of each operator
	OptOuts bidstream.OptOuts                   // nil: nobody knows who opted out
	Privacy privacy.Policy                      // gates for requests, as of the module
	Now     func() time.Time                    // nil: time.Now
}

// Inspector explains texts.
type Inspector struct {
	config Config
}

// New returns an Inspector. Keys must be those of UID2 or EUID.
func New(config Config) (*Inspector, error) {
	for scope, source := range config.Keys {
		if _, err := bidstream.New(bidstream.WithKeys(scope, source)); err != nil {
			return nil, fmt.Errorf("inspect: %w", err)
		}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Inspector{config: config}, nil
}

// Inspect explains a text.
func (i *Inspector) Inspect(input Input) Report {
	if input.NowMs == 0 {
		input.NowMs = i.config.Now().UnixMilli()
	}
	if len(input.Text) > MaxInput {
		return tooLong(input)
	}
	text, notes := clean(input.Text)
	report := i.explain(text, input)
	report.NowMs, report.Notes = input.NowMs, append(notes, report.Notes...)
	return report
}

// explain decides what a text is, and explains it as that.
func (i *Inspector) explain(text string, input Input) Report {
	switch {
	case text == "":
		return empty()
	case isDocument(text):
		return i.document([]byte(text), input)
	}
	return i.base64Text(text, input)
}
