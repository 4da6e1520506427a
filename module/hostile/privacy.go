package hostile

// Strings of the privacy frameworks: sections of GPP, national or of the old US string, opted out
// or not, and TCF 2 strings in which vendor 21 has consent, or legitimate interest too, or nothing.
const (
	gppOptedOut = "DBABLA~BVVVAAAAAgA.QA"
	gppOpen     = "DBABLA~BVVqAAAAAgA.QA"
	tcfGranted  = "CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA"
	gppUSP      = "DBABTA~1YYN"
	tcfInterest = "CPehNtWPehNtWABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA"
	tcfRefused  = "CO5rKAAO5rKAAAHABBENCWEgAAAAAAAAAAYgAUAAAAAAAAAAAAA"
)

// closes is a signal that withholds raw UIDs from everybody.
func closes(name string, do func(*draft)) trick {
	return trick{name: "privacy: " + name, do: func(d *draft) {
		if d.signals() {
			do(d)
			d.closed = true
		}
	}}
}

// userCloses is closes for a signal in user.
func userCloses(name string, do func(*draft)) trick {
	return trick{name: "privacy: " + name, do: func(d *draft) {
		if d.signals() {
			do(d)
			d.userCloses = true
		}
	}}
}

// opens is a signal that withholds nothing.
func opens(name string, do func(*draft)) trick {
	return trick{name: "privacy: open " + name, do: func(d *draft) {
		if d.signals() {
			do(d)
		}
	}}
}

// signals reports whether there is room for one: a repeated member would undo another.
func (d *draft) signals() bool { return len(d.regs)+len(d.device)+len(d.user)+len(d.userExt) == 0 }

func (d *draft) regulated(members ...member) { d.regs = append(d.regs, members...) }

var privacyTricks = []trick{
	closes("coppa", func(d *draft) { d.regulated(m("coppa", "1")) }),
	closes("lmt", func(d *draft) { d.device = append(d.device, m("lmt", "1"), m("ifa", `"device"`)) }),
	closes("us_privacy", func(d *draft) { d.regulated(m("us_privacy", `"1YYN"`)) }),
	closes("us_privacy in ext", func(d *draft) { d.regulated(m("ext", `{"us_privacy":"1YYN"}`)) }),
	closes("gpp", func(d *draft) { d.regulated(m("gpp", quote(gppOptedOut)), m("gpp_sid", "[7]")) }),
	closes("gdpr", func(d *draft) { d.regulated(m("gdpr", "1")) }),
	closes("gdpr refused", func(d *draft) {
		d.regulated(m("gdpr", "1"))
		d.user = append(d.user, m("consent", quote(tcfRefused)))
	}),
	userCloses("gdpr refused without gdpr", func(d *draft) { d.user = append(d.user, m("consent", quote(tcfRefused))) }),
	userCloses("gdpr refused in ext", func(d *draft) { d.userExt = append(d.userExt, m("consent", quote(tcfRefused))) }),
	closes("gpp in ext", func(d *draft) {
		d.regulated(m("gpp", quote(gppOpen)), m("gpp_sid", "[7]"), m("ext", object(m("gpp", quote(gppUSP)), m("gpp_sid", "[6]"))))
	}),
	opens("gdpr by interest", func(d *draft) {
		d.regulated(m("gdpr", "1"))
		d.user = append(d.user, m("consent", quote(tcfInterest)))
	}),
	opens("country", func(d *draft) { d.device = append(d.device, m("geo", `{"country":"DEU"}`)) }),
	opens("lmt", func(d *draft) { d.device = append(d.device, m("lmt", "0"), m("dnt", "1")) }),
	opens("us_privacy", func(d *draft) { d.regulated(m("us_privacy", `"1YNN"`)) }),
	opens("gpp", func(d *draft) { d.regulated(m("gpp", quote(gppOpen)), m("gpp_sid", "[7]")) }),
	opens("gdpr", func(d *draft) {
		d.regulated(m("gdpr", "1"))
		d.user = append(d.user, m("consent", quote(tcfGranted)))
	}),
	{name: "privacy: of one bidder", do: func(d *draft) { d.configured(object(m("consent", quote(tcfRefused)))) }},
	{name: "privacy: headers", do: func(d *draft) { d.header.Set("DNT", "1") }},
}
