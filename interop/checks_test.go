//go:build interop

package interop

import "github.com/uid2rtb/uid2rtb/codec"

// check gives the status of a token that doesn't pass, and 0 for one that does.
type check func(k *keyring, c *circumstance) codec.Status

// judge is the checks that somebody makes, in order.
type judge []check

// judges says who checks what. Where a list of an SDK isn't ours, differences has a row.
var judges = map[string]map[string]judge{
	"uid2rtb": {
		"bidstream": {synced, scopeIsOurs, masterKnown, siteKnown, notExpired, notOptedOut, nameAllowed, lifetime("bidstream", 1)},
		"sharing":   {synced, scopeIsOurs, masterKnown, siteKnown, notExpired, notOptedOut, lifetime("sharing", 1)},
		"legacy":    {synced, scopeIsOurs, masterKnown, siteKnown, notExpired, notOptedOut},
	},
	"java": {
		"bidstream": {synced, scopeIsOurs, masterKnown, siteKnown, notExpired, nameAllowed, lifetime("bidstream", 1000)},
		"sharing":   {synced, scopeIsOurs, masterKnown, siteKnown, notExpired, lifetime("sharing", 1000)},
		"legacy":    {synced, scopeIsOurs, masterKnown, siteKnown, notExpired, notClientSide},
	},
	"python": {
		"bidstream": {synced, masterKnown, notExpired, siteKnown, lifetime("bidstream", 1)},
		"sharing":   {synced, masterKnown, notExpired, siteKnown, lifetime("sharing", 1)},
		"legacy":    {synced, masterKnown, notExpired, siteKnown},
	},
}

// status is that of the first check that fails.
func (j judge) status(k *keyring, c *circumstance) codec.Status {
	for _, check := range j {
		if status := check(k, c); status != 0 {
			return status
		}
	}
	return codec.Success
}

func failing(status codec.Status, fails bool) codec.Status {
	if fails {
		return status
	}
	return 0
}

func synced(k *keyring, c *circumstance) codec.Status {
	return failing(codec.KeysNotSynced, k.expiresMs <= c.nowMs)
}

func scopeIsOurs(k *keyring, c *circumstance) codec.Status {
	return failing(codec.InvalidIdentityScope, c.version != codec.V2 && c.fields.Scope != k.scope)
}

func masterKnown(k *keyring, c *circumstance) codec.Status {
	return failing(codec.NotAuthorizedForMasterKey, !k.has(c.master))
}

func siteKnown(k *keyring, c *circumstance) codec.Status {
	return failing(codec.NotAuthorizedForKey, !k.has(c.site))
}

func notExpired(_ *keyring, c *circumstance) codec.Status {
	return failing(codec.ExpiredToken, c.nowMs > c.fields.ExpiresMs)
}

func notOptedOut(_ *keyring, c *circumstance) codec.Status {
	return failing(codec.UserOptedOut, c.fields.PrivacyBits.OptedOut())
}

func nameAllowed(k *keyring, c *circumstance) codec.Status {
	return failing(codec.DomainOrAppNameCheckFailed, c.fields.PrivacyBits.ClientSideGenerated() && !c.nameAllowed(k))
}

func notClientSide(_ *keyring, c *circumstance) codec.Status {
	return failing(codec.DomainOrAppNameCheckFailed, c.fields.PrivacyBits.ClientSideGenerated())
}

// lifetime checks in whole units of so many milliseconds.
func lifetime(role string, unit int64) check {
	return func(k *keyring, c *circumstance) codec.Status {
		start := c.fields.GeneratedMs
		if c.version == codec.V2 {
			start = c.nowMs
		}
		tooLong := (c.fields.ExpiresMs-start)/unit > k.maxLifetimeMs[role]/unit
		return failing(codec.InvalidTokenLifetime, tooLong || (start-c.nowMs)/unit > k.skewMs/unit)
	}
}
