package hostile

import "strings"

var eidTricks = []trick{
	{name: "eids: more", do: func(d *draft) { d.place(d.eid(2), d.eid(1)) }},
	{name: "eids: in both places", do: func(d *draft) { d.eids, d.extEIDs = append(d.eids, d.eid(1)), append(d.extEIDs, d.eid(1)) }},
	{name: "eids: only in user.ext", do: func(d *draft) { d.extEIDs, d.eids = append(d.extEIDs, d.eid(1)), nil }},
	{name: "eids: empty", do: func(d *draft) { d.eids, d.extEIDs = []string{}, append(d.extEIDs, d.eid(1)) }},
	{name: "eids: 64 tokens", do: func(d *draft) { d.place(d.eid(64)) }, oneIn: 4},
	{name: "eids: 200 tokens", do: func(d *draft) { d.place(d.eid(200)) }, oneIn: 16},
	{name: "eids: one token 40 times", do: func(d *draft) {
		uid, source := d.uid()
		d.place(object(m("source", quote(source)), m("uids", array(strings.Split(strings.Repeat(uid+"\n", 39)+uid, "\n")...))))
	}, oneIn: 3},
	{name: "eids: second spelling", do: func(d *draft) {
		second := member{d.respelled("eids"), array(d.eid(1))}
		if d.oneIn(2) {
			d.user = append(d.user, second)
		} else {
			d.userExt = append(d.userExt, second)
		}
	}},
	{name: "eids: second user", do: func(d *draft) {
		d.userTwice = true
		d.root = append(d.root, member{d.respelled("user"), object(m("eids", array(d.eid(1))))})
	}},
	{name: "eids: second user.ext", do: func(d *draft) {
		d.userTwice = true
		d.user = append(d.user, member{d.respelled("ext"), object(m("eids", array(d.eid(1))))})
	}},
	{name: "eids: source in other letters", do: func(d *draft) {
		uid, source := d.uid()
		d.place(object(m("source", quote(d.otherwise(source))), m("uids", array(uid))))
	}},
	{name: "eids: second source", do: func(d *draft) {
		uid, source := d.uid()
		d.place(object(m("source", `"other.example"`), member{d.respelled("source"), quote(source)}, m("uids", array(uid))))
	}},
	{name: "eids: second uids", do: func(d *draft) {
		uid, source := d.uid()
		other, _ := d.uid()
		d.place(object(m("source", quote(source)), member{d.respelled("uids"), array(uid)}, m("uids", array(other))))
	}},
	{name: "eids: second id", do: func(d *draft) {
		uid, source := d.uid(member{d.respelled("id"), `"another id"`})
		d.place(object(m("source", quote(source)), m("uids", array(uid))))
	}},
	{name: "eids: another system's source", do: func(d *draft) {
		uid, source := d.uid()
		d.place(object(m("source", quote(map[string]string{uid2Source: euidSource, euidSource: uid2Source}[source])), m("uids", array(uid))))
	}},
	{name: "eids: token in escapes", do: func(d *draft) {
		user := d.anyUser()
		id := escaped(pick(d.dice, user.Tokens...), func(int) bool { return d.oneIn(3) })
		d.place(object(m("source", quote(uid2Source)), m("uids", array(object(m("id", id))))))
	}},
	{name: "eids: prefix", do: func(d *draft) {
		user := d.anyUser()
		id := pick(d.dice, "UID2:", "EUID:", "uid2:", "UID2: ", "UID2:UID2:") + pick(d.dice, user.Tokens...)
		d.place(object(m("source", quote(pick(d.dice, uid2Source, euidSource))), m("uids", array(object(m("id", quote(id)))))))
	}},
	{name: "eids: ext of another type", do: func(d *draft) { d.place(d.eidOf(pick(d.dice, "[]", "null", `"x"`, "2.50", "true", "[{}]", `{"":{}}`))) }},
	{name: "eids: broken tokens", do: func(d *draft) {
		token := pick(d.dice, d.anyUser().Tokens...)
		at := d.IntN(len(token))
		id := pick(d.dice, token[:at], token[:at]+"A"+token[at:], strings.ToUpper(token), token+"=", "", "AgAAAA", strings.Repeat("A", 3000))
		d.place(object(m("source", quote(uid2Source)), m("uids", array(object(m("id", quote(id)))))))
	}},
	{name: "eids: odd types", do: func(d *draft) {
		uid, source := d.uid(m("atype", pick(d.dice, "1e0", "-1", "null", "500", "3")), m("unknown", `[{"id":1}]`))
		d.place(object(m("source", quote(source)), m("inserter", `"x"`), m("mm", "1"), m("ext", `{"rtiPartner":1}`), m("uids", array(uid))))
	}},
	{name: "eids: of one bidder", do: func(d *draft) { d.configured(object(m("eids", array(d.eid(1))))) }},
	{name: "eids: of one bidder in ext", do: func(d *draft) { d.configured(object(m("ext", object(m("eids", array(d.eid(1))))))) }},
	{name: "eids: of one bidder, second spelling", do: func(d *draft) {
		d.configured(object(m("eids", array(d.eid(1))), member{d.respelled("eids"), array(d.eid(1))}, member{d.respelled("ext"), object(m("eids", array(d.eid(1))))}))
	}},
	{name: "eids: of all bidders", do: func(d *draft) { d.configured(object(m("eids", array(d.eid(2)))), `"*"`) }},
	{name: "eids: permissions", do: func(d *draft) {
		rule := object(m("source", quote(pick(d.dice, uid2Source, euidSource))), m("bidders", strs(pick(d.dice, "*", "openx", d.victim().Name))))
		d.prebid = append(d.prebid, m("data", object(m("eidpermissions", array(rule)))))
	}},
	{name: "eids: the raw UID as id", do: func(d *draft) {
		raw := pick(d.dice, Plain, Unpadded, URLAlphabet).Encode(pick(d.dice, d.world.Guessed...).Raw)
		eid := object(m("source", quote(pick(d.dice, uid2Source, euidSource, "other.example"))), m("uids", array(object(m("id", quote(raw))))))
		if d.oneIn(3) {
			d.configured(object(m("eids", array(eid, d.eid(1)))))
		} else {
			d.place(eid)
		}
	}},
}
