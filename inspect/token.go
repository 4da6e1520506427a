package inspect

import (
	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
)

// token explains a token that was found in a place of this scope and name.
func (i *Inspector) token(text string, scope codec.Scope, name string, input Input) *Token {
	opts := []bidstream.Option{bidstream.WithOptOuts(i.config.OptOuts)}
	for scope, keys := range i.config.Keys {
		opts = append(opts, bidstream.WithKeys(scope, keys))
	}
	decrypter, err := bidstream.New(opts...)
	if err != nil {
		return &Token{Status: codec.NotInitialized.String(), Characters: len(text)}
	}
	var v bidstream.Verdict
	decrypter.DecryptString(&v, text, bidstream.Query{Name: name, Scope: scope, NowMs: input.NowMs})
	annotation := bidder.AnnotationOf(&v)
	if !input.Reveal {
		annotation.Raw = ""
	}
	_, usable := v.RawUID()
	return &Token{Status: v.Status.String(), Usable: usable, Characters: len(text), Verdict: annotation.AppendJSON(nil)}
}
