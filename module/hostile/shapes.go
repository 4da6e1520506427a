package hostile

import "strings"

var shapeTricks = []trick{
	{name: "shape: several imps", do: func(d *draft) {
		for range 1 + d.IntN(3) {
			d.imps = append(d.imps, imp{formats: []member{pick(d.dice, banner, video, native)}})
		}
	}},
	{name: "shape: several formats", do: func(d *draft) { d.imps[0].formats = some(d.dice, banner, video, native) }},
	{name: "shape: app", do: func(d *draft) { d.inApp = true }},
	{name: "shape: account", do: func(d *draft) { d.account = pick(d.dice, accounts...).id }},
	{name: "shape: parent account", do: func(d *draft) { d.parent = pick(d.dice, accounts...).id }},
	{name: "shape: unknown account", do: func(d *draft) { d.account = "nobody's" }},
	{name: "shape: identifiers", do: func(d *draft) {
		token := pick(d.dice, d.anyUser().Tokens...)
		d.user = append(d.user, m("id", quote(token)), m("buyeruid", `"b"`), m("keywords", quote(token)), m("data", array(object(m("id", quote(token))))))
		d.userExt = append(d.userExt, m("data", object(m("u", quote(token)))), m("prebid", object(m("buyeruids", object(m("appnexus", quote(token)))))))
	}},
	{name: "shape: white space", do: func(d *draft) { d.odd = true }},
	{name: "shape: odd numbers", do: func(d *draft) { d.root = append(d.root, m("at", pick(d.dice, "1", "1e0", "2")), m("cur", `["USD"]`)) }},
	{name: "shape: unknown members", do: func(d *draft) {
		d.root = append(d.root, m("unknown", strings.Repeat("[", 60)+strings.Repeat("]", 60)))
		d.ext = append(d.ext, m("unknown", quote(strings.Repeat(`\"{`, 300))))
	}},
	{name: "shape: token in the page", do: func(d *draft) {
		token := pick(d.dice, d.anyUser().Tokens...)
		d.header.Set("Referer", "https://publisher.example/?uid2="+token)
		d.ext = append(d.ext, m("schain", `{"ver":"1.0","complete":1,"nodes":[]}`))
	}},
}
