package identitymap

import (
	"context"
	"fmt"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/dii"
)

// requestV2 is the JSON of a request: hashes of one kind.
type requestV2 struct {
	EmailHash []string `json:"email_hash,omitempty"`
	PhoneHash []string `json:"phone_hash,omitempty"`
}

// answerV2 has each hash of the request in one of its lists, in any order.
type answerV2 struct {
	Mapped []struct {
		Identifier string
		UID        string `json:"advertising_id"`
		Bucket     string `json:"bucket_id"`
	}
	Unmapped []struct{ Identifier, Reason string }
}

// MapV2 is like [Client.Map], for the older endpoint, which accepts emails and phones in separate
// requests and returns the salt bucket of each raw UID.
//
// Deprecated: operators will remove the endpoint on 2026-09-30. Use [Client.Map], which returns
// when to ask again instead of a bucket.
func (c *Client) MapV2(ctx context.Context, ids []dii.Identity, opts ...Option) (Result, error) {
	apart := func(g *groups) [][]hashed {
		return [][]hashed{ofKind(dii.KindEmailHash, g.order), ofKind(dii.KindPhoneHash, g.order)}
	}
	return batches(ctx, opts, ids, apart, c.mapBatchV2)
}

func (c *Client) mapBatchV2(ctx context.Context, batch []hashed) (findings, error) {
	kind := batch[0].kind
	request := requestV2{EmailHash: texts(batch)}
	if kind == dii.KindPhoneHash {
		request = requestV2{PhoneHash: texts(batch)}
	}
	answer, err := exchange[answerV2](ctx, c.operator.MapIdentitiesV2, request)
	if err != nil {
		return findings{}, err
	}
	return answer.findings(kind, batch)
}

func (a *answerV2) findings(kind dii.Kind, batch []hashed) (found findings, err error) {
	missing := make(map[hashed]struct{}, len(batch))
	for _, h := range batch {
		missing[h] = struct{}{}
	}
	for i, m := range a.Mapped {
		uid, err := codec.ParseRawUID(m.UID)
		if err != nil {
			return findings{}, fmt.Errorf("%w: mapped[%d]: %w", ErrAnswer, i, err)
		}
		h := hashed{kind, m.Identifier}
		found.addMapped(h, Mapped{UID: uid, Bucket: m.Bucket})
		delete(missing, h)
	}
	for _, u := range a.Unmapped {
		h := hashed{kind, u.Identifier}
		found.addUnmapped(h, u.Reason)
		delete(missing, h)
	}
	if len(missing) > 0 {
		return findings{}, fmt.Errorf("%w: %d of %d identities are missing", ErrAnswer, len(missing), len(batch))
	}
	return found, nil
}
