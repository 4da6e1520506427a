package inspect

import (
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
)

// roleSharer is the role of who gets tokens from another participant rather than from the bidstream.
const roleSharer = "sharer"

// judge asks package bidstream about one token. It holds the keys of one moment, so that what is
// said about a token's layers is about the keys that its verdict came from.
type judge struct {
	keys    map[codec.Scope]*keyset.Snapshot
	optOuts bidstream.OptOuts
	sharing bool
	query   bidstream.Query
}

func (i *Inspector) judge(input Input, scope codec.Scope, name string) *judge {
	j := &judge{
		keys: make(map[codec.Scope]*keyset.Snapshot), optOuts: i.config.OptOuts, sharing: input.Role == roleSharer,
		query: bidstream.Query{Name: name, Scope: scope, NowMs: input.NowMs},
	}
	for scope, source := range i.config.Keys {
		j.keys[scope] = source.Snapshot().OrEmpty()
	}
	return j
}

// verdict is what package bidstream answers.
func (j *judge) verdict(text string) bidstream.Verdict {
	opts := []bidstream.Option{bidstream.WithOptOuts(j.optOuts)}
	if j.sharing {
		opts = append(opts, bidstream.ForSharing())
	}
	for scope, keys := range j.keys {
		opts = append(opts, bidstream.WithKeys(scope, keyset.Static(keys)))
	}
	var v bidstream.Verdict
	decrypter, err := bidstream.New(opts...)
	if err != nil {
		panic("inspect: " + err.Error()) // New has tried the same scopes
	}
	decrypter.DecryptString(&v, text, j.query)
	return v
}

// chosen returns the keys that a token of this scope and master key is tried with: those of its
// scope, or for version 2, which has none, those that include the key; else any.
func (j *judge) chosen(scope codec.Scope, masterKeyID uint32) *keyset.Snapshot {
	if j.query.Scope != 0 {
		scope = j.query.Scope
	}
	if keys, ok := j.keys[scope]; ok {
		return keys
	}
	var first *keyset.Snapshot
	for held := codec.ScopeUID2; held <= codec.ScopeEUID; held++ {
		keys := j.keys[held].OrEmpty()
		if scope == 0 && keys.Keys().Lookup(masterKeyID) != nil {
			return keys
		}
		if first == nil && keys.Scope() != 0 {
			first = keys
		}
	}
	return first.OrEmpty()
}
