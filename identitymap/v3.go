package identitymap

import (
	"context"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
)

// requestV3 is the JSON of a request: hashes of both kinds, in the order of the batch.
type requestV3 struct {
	EmailHash []string `json:"email_hash"`
	PhoneHash []string `json:"phone_hash"`
}

// answerV3 has an entry for each hash, in the order of the request. Kinds that weren't asked about
// may be present, but empty.
type answerV3 struct {
	EmailHash []entryV3 `json:"email_hash"`
	PhoneHash []entryV3 `json:"phone_hash"`
}

// entryV3 is a raw UID or an error.
type entryV3 struct {
	UID          string  `json:"u"`
	Previous     *string `json:"p"`
	RefreshFromS int64   `json:"r"`
	Error        *string `json:"e"`
}

// Map requests the raw UIDs of identities of all kinds at once. On success, every identity of ids
// is in one of the result's maps. Errors are ErrOption, those of the operator, and ErrAnswer; the
// result then has the answers to the batches before.
func (c *Client) Map(ctx context.Context, ids []dii.Identity, opts ...Option) (Result, error) {
	together := func(g *groups) [][]hashed { return [][]hashed{g.order} }
	return batches(ctx, opts, ids, together, c.mapBatch)
}

func (c *Client) mapBatch(ctx context.Context, batch []hashed) (found findings, err error) {
	emails, phones := ofKind(dii.KindEmailHash, batch), ofKind(dii.KindPhoneHash, batch)
	answer, err := exchange[answerV3](ctx, c.operator.MapIdentities, requestV3{texts(emails), texts(phones)})
	if err != nil {
		return findings{}, err
	}
	if err = found.addEntries(emails, answer.EmailHash); err == nil {
		err = found.addEntries(phones, answer.PhoneHash)
	}
	return found, err
}

// texts returns the texts of the hashes; never nil, which would be null in JSON.
func texts(list []hashed) []string {
	all := make([]string, len(list))
	for i, h := range list {
		all[i] = h.hash
	}
	return all
}

func (f *findings) addEntries(asked []hashed, entries []entryV3) error {
	if len(entries) != len(asked) {
		return fmt.Errorf("%w: %d entries for %d identities", ErrAnswer, len(entries), len(asked))
	}
	for i, e := range entries {
		if e.Error != nil {
			f.addUnmapped(asked[i], *e.Error)
			continue
		}
		m, err := e.mapped()
		if err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrAnswer, i, err)
		}
		f.addMapped(asked[i], m)
	}
	return nil
}

func (e *entryV3) mapped() (m Mapped, err error) {
	m.RefreshFrom = time.Unix(e.RefreshFromS, 0)
	if m.UID, err = codec.ParseRawUID(e.UID); err != nil {
		return Mapped{}, err
	}
	if e.Previous != nil {
		if m.Previous, err = codec.ParseRawUID(*e.Previous); err != nil {
			return Mapped{}, err
		}
	}
	return m, nil
}
