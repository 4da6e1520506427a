package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
)

// participant checks what the operator lets the key do, and the keys that it gives. answer and err
// are those of the call for a bidder's keys.
func (v *visit) participant(ctx context.Context, answer []byte, err error) {
	if errors.Is(err, operator.ErrClientSecret) {
		v.wrong(checkCredentials, "the operator can't open what the client secret has sealed", "use the client secret that was issued with this API key")
		v.skip("the credentials are wrong", checkRoles, checkKeys, checkSites)
		return
	}
	roles, sharing := v.otherRoles(ctx)
	if errors.Is(err, operator.ErrUnauthorized) {
		v.withoutRole(roles)
		return
	}
	v.ok(checkCredentials, "the operator knows the key and its secret")
	v.ok(checkRoles, "%s", strings.Join(append([]string{"ID_READER"}, roles...), ", "))
	if keys := v.keys(answer); keys != nil {
		v.sites(ctx, keys, sharing)
	} else {
		v.skip("there are no usable keys", checkSites)
	}
}

// withoutRole is about a key that may not read keys.
func (v *visit) withoutRole(roles []string) {
	if len(roles) == 0 {
		v.wrong(checkCredentials, "the operator doesn't know the API key", "check the key, and that it is one of this operator's; a revoked one needs to be replaced")
		v.skip("the API key is unknown", checkRoles, checkKeys, checkSites)
		return
	}
	v.ok(checkCredentials, "the operator knows the key and its secret")
	v.wrong(checkRoles, "the key lacks the role ID_READER, which bidders need; it has "+strings.Join(roles, ", "), "have the operator's administrator add the role, or use the key that has it")
	v.skip("the key lacks the role", checkKeys, checkSites)
}

// otherRoles returns the roles that the endpoints let the key have, beside ID_READER, and the
// answer with a sharer's keys. None of the calls changes anything or names anybody: what it
// maps or generates is nothing.
func (v *visit) otherRoles(ctx context.Context) (roles []string, sharing *keyset.Snapshot) {
	if answer, err := v.client.SharingKeys(ctx); err == nil {
		if sharing, err = keyset.Parse(answer); err == nil {
			if _, sharer := sharing.MaxSharingLifetimeMs(); sharer {
				roles = append(roles, "SHARER")
			}
		}
	}
	empty := []byte("{}")
	if _, err := v.client.MapIdentities(ctx, empty); lets(err) {
		roles = append(roles, "MAPPER")
	}
	if _, err := v.client.GenerateToken(ctx, empty); lets(err) {
		roles = append(roles, "GENERATOR")
	}
	return roles, sharing
}

// lets reports whether an endpoint answered a key that has its role: it may refuse what was asked.
func lets(err error) bool { return err == nil || errors.Is(err, operator.ErrRequest) }
