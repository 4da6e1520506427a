package hostile

// debugTricks ask for debug output.
var debugTricks = []trick{
	{name: "debug: test", do: func(d *draft) { d.root = append(d.root, m("test", "1")) }},
	{name: "debug: ext.prebid.debug", do: func(d *draft) { d.prebid = append(d.prebid, m("debug", "true")) }},
	{name: "debug: escaped", do: func(d *draft) {
		d.prebid = append(d.prebid, member{`"\u0064ebu\u0067"`, "true"})
	}},
	{name: "debug: second spelling", do: func(d *draft) {
		d.prebid = append(d.prebid, m("debug", "true"), member{d.respelled("debug"), pick(d.dice, "false", "0", "null")})
	}},
	{name: "debug: second prebid", do: func(d *draft) {
		d.prebid = append(d.prebid, m("debug", "true"))
		d.ext = append(d.ext, member{d.respelled("prebid"), `{"debug":false}`})
	}},
	{name: "debug: second test", do: func(d *draft) {
		d.root = append(d.root, m("test", "1"), member{d.respelled("test"), pick(d.dice, "0", "null")})
	}},
	{name: "debug: both", do: func(d *draft) {
		d.root = append(d.root, m("test", "1"))
		d.prebid = append(d.prebid, m("debug", "true"), m("trace", `"verbose"`), m("returnallbidstatus", "true"))
	}},
}

var echoTricks = []trick{
	{name: "echo: trace", do: func(d *draft) { d.prebid = append(d.prebid, m("trace", pick(d.dice, `"verbose"`, `"basic"`))) }},
	{name: "echo: status of all bids", do: func(d *draft) { d.prebid = append(d.prebid, m("returnallbidstatus", "true")) }},
	{name: "echo: debug header", do: func(d *draft) { d.header.Set("x-pbs-debug-override", "1") }},
	{name: "echo: cached bids", do: func(d *draft) {
		d.prebid = append(d.prebid, m("cache", pick(d.dice, `{"bids":{}}`, `{"bids":{"returnCreative":false},"vastxml":{}}`)), d.targeting())
	}},
	{name: "echo: cached VAST", do: func(d *draft) {
		d.imps[0].formats = []member{video}
		d.prebid = append(d.prebid, m("cache", `{"vastxml":{"returnCreative":true}}`), d.targeting())
	}},
	{name: "echo: targeting", do: func(d *draft) { d.prebid = append(d.prebid, d.targeting()) }},
	{name: "echo: ad server targeting", do: func(d *draft) {
		var rules []string
		for _, value := range some(d.dice, "user.ext.eids", "user.eids", "user.eids.uids.id", "user.keywords", "user.id", "ext.prebid.aliases", "device.ifa") {
			rules = append(rules, object(m("key", quote("k"+value)), m("source", `"bidrequest"`), m("value", quote(value))))
		}
		for _, value := range some(d.dice, "seatbid.bid.id", "seatbid.bid.ext.echo", "seatbid.bid.crid", "seatbid.bid.adm", "ext.errors", "cur") {
			rules = append(rules, object(m("key", quote("b"+value)), m("source", `"bidresponse"`), m("value", quote(value))))
		}
		d.prebid = append(d.prebid, m("adservertargeting", array(rules...)), d.targeting())
	}},
	{name: "echo: passthrough", do: func(d *draft) {
		d.prebid = append(d.prebid, m("passthrough", `{"a":["b"]}`))
		d.imps[0].prebid = append(d.imps[0].prebid, m("passthrough", `{"uid2":{"raw":"x"}}`))
	}},
	{name: "echo: multibid", do: func(d *draft) {
		d.prebid = append(d.prebid, m("multibid", `[{"bidders":["thetradedesk","pubmatic","appnexus"],"maxbids":3},{"bidder":"openx","maxbids":2,"targetbiddercodeprefix":"o"}]`), d.targeting())
	}},
	{name: "echo: macros", do: func(d *draft) {
		d.prebid = append(d.prebid, m("macros", `{"a":"##PBS-BIDID##"}`), m("events", "{}"))
	}},
	{name: "echo: stored auction response", do: func(d *draft) {
		d.imps[0].prebid = append(d.imps[0].prebid, m("storedauctionresponse", `{"id":"auction"}`))
	}, oneIn: 2},
	{name: "echo: stored bid response", do: func(d *draft) { d.storedBids = true }, oneIn: 2},
}

// targeting has everything on.
func (d *draft) targeting() member {
	return m("targeting", `{"includewinners":true,"includebidderkeys":true,"includeformat":true,"preferdeals":true,"alwaysincludedeals":true,"pricegranularity":"med"}`)
}
