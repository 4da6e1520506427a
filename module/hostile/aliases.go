package hostile

import "strings"

// victim is a listed bidder, rather one that is listed with its adapter, and thetradedesk where
// none is listed.
func (d *draft) victim() Listing {
	if len(d.world.Listed) == 0 {
		return Listing{Name: "thetradedesk"}
	}
	v := pick(d.dice, d.world.Listed...)
	for _, l := range d.world.Listed {
		if l.AliasOf != "" && d.oneIn(2) {
			v = l
		}
	}
	return v
}

// thief is an adapter whose requests go where raw UIDs must not go.
func (d *draft) thief() string {
	if d.oneIn(4) {
		return pick(d.dice, "openx", "appnexus")
	}
	return pick(d.dice, CallerHosts()...)
}

// alias makes name an alias of an adapter and asks it for bids.
func (d *draft) alias(key, adapter string) {
	d.aliases = append(d.aliases, member{key, quote(adapter)})
	d.addAs(key, d.world.params(adapter))
}

// decoy is an alias as the host lists it, in aliases that Prebid Server doesn't read.
func (d *draft) decoy(v Listing) string {
	key := quote(strings.ToUpper(v.Name))
	if d.oneIn(2) {
		key = d.respelled(v.Name)
	}
	return object(member{key, quote(v.adapter())})
}

var aliasTricks = []trick{
	{name: "alias: shadows a listed bidder", do: func(d *draft) { d.alias(quote(d.victim().Name), d.thief()) }},
	{name: "alias: shadows in other letters", do: func(d *draft) { d.alias(quote(d.otherwise(d.victim().Name)), d.thief()) }},
	{name: "alias: shadows in escapes", do: func(d *draft) {
		d.alias(escaped(d.victim().Name, func(i int) bool { return i > 2 }), d.thief())
	}},
	{name: "alias: as listed", do: func(d *draft) {
		if v := d.victim(); v.AliasOf != "" {
			d.alias(quote(v.Name), v.AliasOf)
		}
	}},
	{name: "alias: second prebid", do: func(d *draft) {
		v := d.victim()
		d.alias(quote(v.Name), d.thief())
		d.ext = append(d.ext, member{d.respelled("prebid"), object(m("aliases", d.decoy(v)))})
	}},
	{name: "alias: second aliases", do: func(d *draft) {
		v := d.victim()
		d.alias(quote(v.Name), d.thief())
		d.prebid = append(d.prebid, member{d.respelled("aliases"), d.decoy(v)})
	}},
	{name: "alias: second ext", do: func(d *draft) {
		v := d.victim()
		d.alias(quote(v.Name), d.thief())
		d.root = append(d.root, member{d.respelled("ext"), object(m("prebid", object(m("aliases", d.decoy(v)))))})
	}},
	{name: "alias: second name", do: func(d *draft) {
		v := d.victim()
		second := member{d.respelled(v.Name), quote(v.adapter())}
		if d.oneIn(2) {
			d.aliases = append(d.aliases, second)
			d.alias(quote(v.Name), d.thief())
		} else {
			d.alias(quote(v.Name), d.thief())
			d.aliases = append(d.aliases, second)
		}
	}},
	{name: "alias: of a name that is listed", do: func(d *draft) { d.alias(quote("other"), d.victim().adapter()) }},
	{name: "alias: adapter in other letters", do: func(d *draft) {
		v, thief := d.victim(), d.thief()
		d.aliases = append(d.aliases, m(v.Name, quote(d.otherwise(thief))))
		d.addAs(quote(v.Name), d.world.params(thief))
	}},
	{name: "alias: chained", do: func(d *draft) {
		v := d.victim()
		d.alias(quote("link"), d.thief())
		d.aliases = append(d.aliases, m(v.Name, `"link"`))
	}, oneIn: 2},
	{name: "alias: null", do: func(d *draft) {
		d.aliases = append(d.aliases, m(d.victim().Name, pick(d.dice, "null", `""`, `"nosuch"`)))
	}, oneIn: 3},
	{name: "alias: with vendor ids", do: func(d *draft) {
		v := d.victim()
		d.alias(quote(v.Name), d.thief())
		d.prebid = append(d.prebid, m("aliasgvlids", object(m(v.Name, "21"))))
	}},
}

var nameTricks = []trick{
	{name: "name: other letters", do: func(d *draft) {
		v := d.victim()
		d.addAs(quote(d.otherwise(v.Name)), d.world.params(v.adapter()))
	}},
	{name: "name: escapes", do: func(d *draft) {
		v := d.victim()
		d.addAs(escaped(v.Name, func(int) bool { return d.oneIn(2) }), d.world.params(v.adapter()))
	}},
	{name: "name: twice", do: func(d *draft) {
		b := pick(d.dice, d.bidders...)
		d.bidders = append(d.bidders, b)
	}},
	{name: "name: caller's host", do: func(d *draft) {
		for _, name := range some(d.dice, CallerHosts()...) {
			d.add(name, name)
		}
	}},
	{name: "name: unknown", do: func(d *draft) {
		name := pick(d.dice, "nosuch", "thetradedeks", "prebid", "all", "")
		if d.oneIn(4) {
			d.add(name, "nosuch")
		} else {
			d.imps[0].ext = append(d.imps[0].ext, m(name, "{}"))
		}
	}},
	{name: "name: old place", do: func(d *draft) {
		b := pick(d.dice, d.bidders...)
		d.imps[0].ext = append(d.imps[0].ext, member{b.key, b.params})
	}},
	{name: "name: parameters for all", do: func(d *draft) {
		b := pick(d.dice, d.bidders...)
		d.prebid = append(d.prebid, m("bidderparams", object(member{b.key, b.params})))
	}},
	{name: "name: seats of others", do: func(d *draft) {
		d.prebid = append(d.prebid, m("alternatebiddercodes", `{"enabled":true,"bidders":{"pubmatic":{"enabled":true,"allowedbiddercodes":["*"]},"appnexus":{"enabled":true,"allowedbiddercodes":["*"]}}}`))
	}},
}
