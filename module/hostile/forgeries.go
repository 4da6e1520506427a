package hostile

// Mark is in every forged annotation, and in nothing else.
const Mark = "F0RGERYF0RGERYF0RGERYF0RGERYF0RGERYF0RGERY0="

// forged is an annotation of the caller's own, as ext of a uid.
func (d *draft) forged(key string) string {
	annotation := object(m("status", `"Success"`), m("raw", quote(Mark)), m("opted_out", "false"))
	return d.shuffled(m("rtiPartner", `"UID2"`), member{key, annotation})
}

// stranger is an eid of another source with a forged annotation.
func (d *draft) stranger() string {
	return object(m("source", `"other.example"`), m("uids", array(object(m("id", `"x"`), m("ext", d.forged(`"uid2"`))))))
}

func forgery(name string, do func(*draft)) trick {
	return trick{name: "forgery: " + name, do: do, forges: true}
}

var forgeryTricks = []trick{
	forgery("user", func(d *draft) { d.place(d.eidOf(d.forged(`"uid2"`))) }),
	forgery("another source", func(d *draft) { d.place(d.stranger()) }),
	forgery("escaped key", func(d *draft) {
		d.place(d.eidOf(d.forged(`"\u0075id2"`)), d.eidOf(d.forged(`"\u0075\u0069\u0064\u0032"`)))
	}),
	forgery("second spelling", func(d *draft) { d.place(d.eidOf(d.forged(d.respelled("uid2")))) }),
	forgery("twice", func(d *draft) {
		ext := object(m("uid2", "null"), m("uid2", object(m("raw", quote(Mark)))), m("uid2", object(m("status", quote(Mark)))))
		d.place(d.eidOf(ext))
	}),
	forgery("second ext", func(d *draft) {
		uid, source := d.uid(m("ext", "{}"), member{d.respelled("ext"), d.forged(`"uid2"`)})
		d.place(object(m("source", quote(source)), m("uids", array(uid))))
	}),
	forgery("of one bidder", func(d *draft) { d.configured(object(m("eids", array(d.eidOf(d.forged(`"uid2"`)), d.stranger())))) }),
	forgery("of one bidder in ext", func(d *draft) { d.configured(object(m("ext", object(m("eids", array(d.stranger())))))) }),
	forgery("of one bidder, second spelling", func(d *draft) {
		d.configured(object(member{d.respelled("eids"), array(d.stranger())}, m("ext", object(member{d.respelled("eids"), array(d.stranger())}))))
	}),
	forgery("eids in a second spelling", func(d *draft) {
		second := member{d.respelled("eids"), array(d.stranger())}
		if d.oneIn(2) {
			d.user = append(d.user, second)
		} else {
			d.userExt = append(d.userExt, second)
		}
	}),
	forgery("without id", func(d *draft) {
		uid := object(m("id", `""`), m("ext", d.forged(`"uid2"`)))
		d.place(object(m("source", quote(uid2Source)), m("uids", array(uid, uid))))
	}),
}
