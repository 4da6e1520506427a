package hostile

import (
	"maps"
	"net/http"
)

// draft is a request in the making. Tricks change it; text writes it down.
type draft struct {
	dice
	world  *World
	stored bool // it is a stored request

	id         string
	account    string // of the publisher, as written
	parent     string // account that counts instead; "" if none
	header     http.Header
	bidders    []bidder // of each imp
	imps       []imp
	eids       []string // of user.eids
	extEIDs    []string // of user.ext.eids
	user       []member // beside eids and ext
	userExt    []member
	regs       []member
	device     []member
	prebid     []member
	aliases    []member
	ext        []member // beside prebid
	root       []member
	inApp      bool
	storedBids bool // the bidders' answers are stored
	odd        bool // white space where JSON allows it

	used  map[string]bool // tricks
	users map[int]bool

	closed     bool // a privacy signal outside of user closes the gates
	userCloses bool // one of user does, if there is one user
	userTwice  bool // Prebid Server may read another user than this one
}

// bidder is a key under imp.ext.prebid.bidder, as written, with its parameters.
type bidder struct{ key, params string }

// imp is an impression.
type imp struct {
	formats []member
	prebid  []member // beside bidder
	ext     []member // beside prebid
}

// begin writes an ordinary request.
func (d *draft) begin() {
	for _, name := range some(d.dice, Bidders()...) {
		d.add(name, name)
	}
	for _, listing := range d.world.Listed {
		if listing.AliasOf == "" {
			d.add(listing.Name, listing.Name)
		}
	}
	d.imps = []imp{{formats: []member{banner}}}
	d.eids = []string{d.eid(1)}
}

var (
	banner = m("banner", `{"format":[{"w":300,"h":250}]}`)
	video  = m("video", `{"mimes":["video/mp4"],"w":640,"h":480,"minduration":1,"maxduration":30,"protocols":[2,3]}`)
	native = m("native", `{"request":"{\"ver\":\"1.2\",\"assets\":[{\"id\":1,\"required\":1,\"title\":{\"len\":90}}]}","ver":"1.2"}`)
)

// add adds a bidder, unless it is there.
func (d *draft) add(name, adapter string) {
	d.addAs(quote(name), d.world.params(adapter))
}

func (d *draft) addAs(key, params string) {
	for i := range d.bidders {
		if d.bidders[i].key == key {
			d.bidders[i].params = params
			return
		}
	}
	d.bidders = append(d.bidders, bidder{key, params})
}

// play plays some of the tricks.
func (d *draft) play() {
	if t, ok := trickNamed(d.world.Always); ok {
		d.use(t)
	}
	if d.IntN(10) < d.world.DebugIn10 {
		d.use(pick(d.dice, debugTricks...))
	}
	for range 1 + d.IntN(6) {
		t := pick(d.dice, pick(d.dice, kinds...)...)
		if !d.used[t.name] && (t.oneIn == 0 || d.oneIn(t.oneIn)) && !(t.forges && d.stored && d.world.NoForgeriesStored) {
			d.use(t)
		}
	}
}

func (d *draft) use(t trick) {
	d.used[t.name] = true
	t.do(d)
}

// mergeStored names a stored request, which Prebid Server merges under this one. Together they may
// say of privacy what neither says alone.
func (d *draft) mergeStored(g *Generator) {
	n := d.IntN(len(g.stored))
	stored := g.stored[n]
	d.used["stored request"] = true
	d.prebid = append(d.prebid, m("storedrequest", object(m("id", quote(storedID(n))))))
	maps.Copy(d.users, stored.users)
	d.closed, d.userTwice = false, true
	d.parent = stored.effectiveAccount() // the stored one wins
	if d.oneIn(2) {
		d.eids = nil // the stored ones count
	}
}

// surelyClosed reports whether raw UIDs are forbidden to everybody.
func (d *draft) surelyClosed() bool { return d.closed || d.userCloses && !d.userTwice }

// effectiveAccount is the account whose configuration counts.
func (d *draft) effectiveAccount() string {
	if d.parent != "" {
		return d.parent
	}
	return d.account
}

// text writes the request down.
func (d *draft) text() string {
	root := append([]member{m("id", quote(d.id)), m("imp", d.impText())}, d.root...)
	root = append(root, d.mediumText(), m("tmax", "20000"))
	if user := d.userMembers(); len(user) > 0 {
		root = append(root, m("user", d.shuffled(user...)))
	}
	if len(d.regs) > 0 {
		root = append(root, m("regs", d.shuffled(d.regs...)))
	}
	root = append(root, m("device", d.shuffled(append([]member{m("ua", `"test"`), m("ip", `"192.0.2.1"`)}, d.device...)...)))
	prebid := d.prebid
	if len(d.aliases) > 0 {
		prebid = append(prebid, m("aliases", object(d.aliases...)))
	}
	ext := d.ext
	if len(prebid) > 0 {
		ext = append(ext, m("prebid", d.shuffled(prebid...)))
	}
	if len(ext) > 0 {
		root = append(root, m("ext", d.shuffled(ext...)))
	}
	text := d.shuffled(root...)
	if d.odd {
		text = d.spaced(text)
	}
	return text
}

func (d *draft) userMembers() []member {
	user := append([]member(nil), d.user...)
	if d.eids != nil {
		user = append(user, m("eids", array(d.eids...)))
	}
	ext := d.userExt
	if d.extEIDs != nil {
		ext = append(ext, m("eids", array(d.extEIDs...)))
	}
	if len(ext) > 0 {
		user = append(user, m("ext", d.shuffled(ext...)))
	}
	return user
}

func (d *draft) mediumText() member {
	publisher := []member{m("id", quote(d.account))}
	if d.parent != "" {
		publisher = append(publisher, m("ext", object(m("prebid", object(m("parentAccount", quote(d.parent)))))))
	}
	if d.inApp {
		return m("app", object(m("bundle", `"com.example.app"`), m("id", `"1"`), m("publisher", d.shuffled(publisher...))))
	}
	return m("site", object(m("domain", `"example.com"`), m("page", `"https://example.com/"`), m("publisher", d.shuffled(publisher...))))
}

func (d *draft) impText() string {
	all := make([]string, len(d.imps))
	for i, imp := range d.imps {
		named := make([]member, len(d.bidders))
		for j, b := range d.bidders {
			named[j] = member{b.key, b.params}
		}
		prebid := append([]member{m("bidder", d.shuffled(named...))}, imp.prebid...)
		if d.storedBids {
			prebid = append(prebid, m("storedbidresponse", d.storedAnswers()))
		}
		ext := d.shuffled(append([]member{m("prebid", d.shuffled(prebid...))}, imp.ext...)...)
		all[i] = object(append([]member{m("id", quote(impID(i))), m("ext", ext)}, imp.formats...)...)
	}
	return array(all...)
}

// storedAnswers says that each bidder's answer is stored: Prebid Server wants that of all or none.
func (d *draft) storedAnswers() string {
	all := make([]string, len(d.bidders))
	for i, b := range d.bidders {
		all[i] = object(m("bidder", b.key), m("id", `"bid"`), m("replaceimpid", pick(d.dice, "true", "false")))
	}
	return array(all...)
}

func impID(i int) string { return "i" + string(rune('0'+i%10)) }
