package hostile

// Sources of the two identity systems.
const (
	uid2Source = "uidapi.com"
	euidSource = "euid.eu"
)

// anyUser picks one whose token goes into the request.
func (d *draft) anyUser() *User {
	if len(d.world.Guessed) > 0 && d.oneIn(20) {
		return &d.world.Guessed[d.IntN(len(d.world.Guessed))]
	}
	n := d.IntN(len(d.world.Users))
	d.users[n] = true
	return &d.world.Users[n]
}

// uid is a uid with a token, as JSON, and the source where it belongs.
func (d *draft) uid(ext ...member) (text, source string) {
	user := d.anyUser()
	source = uid2Source
	if user.EUID {
		source = euidSource
	}
	members := []member{m("id", quote(pick(d.dice, user.Tokens...))), m("atype", "3")}
	return object(append(members, ext...)...), source
}

// eid is an eid with n different tokens, all of one source.
func (d *draft) eid(n int) string {
	first, source := d.uid()
	uids := []string{first}
	for len(uids) < n {
		if uid, of := d.uid(); of == source {
			uids = append(uids, uid)
		}
	}
	return object(m("source", quote(source)), m("uids", array(uids...)))
}

// eidOf is an eid with one uid that has an ext.
func (d *draft) eidOf(ext string) string {
	uid, source := d.uid(m("ext", ext))
	return object(m("source", quote(source)), m("uids", array(uid)))
}

// place adds eids to the user, in one place or both.
func (d *draft) place(eids ...string) {
	switch d.IntN(4) {
	case 0:
		d.extEIDs = append(append(d.extEIDs, d.eids...), eids...)
		d.eids = nil
	case 1:
		d.extEIDs = append(d.extEIDs, eids...)
	default:
		d.eids = append(d.eids, eids...)
	}
}

// configured puts a user into the first-party data of some bidders.
func (d *draft) configured(user string, bidders ...string) {
	if len(bidders) == 0 {
		for _, b := range d.bidders {
			bidders = append(bidders, b.key)
		}
		bidders = some(d.dice, bidders...)
	}
	config := object(m("bidders", array(bidders...)), m("config", object(m("ortb2", object(m("user", user))))))
	for i := range d.prebid {
		if d.prebid[i].key == `"bidderconfig"` {
			list := d.prebid[i].value
			d.prebid[i].value = list[:len(list)-1] + "," + config + "]"
			return
		}
	}
	d.prebid = append(d.prebid, m("bidderconfig", array(config)))
}
