package main

// marksNEON writes for arm64 what marks writes for amd64. There is no instruction for a bit of each
// byte: each keeps the bit of its place in a group of eight, and sums of neighbours bring them
// together.
func marksNEON(root string) ([]file, error) {
	const (
		block gp  = "R0"
		bytes vec = 0 // and three registers more
		bit   vec = 4 // of each byte's place
		those vec = 5
		equal vec = 6 // and three registers more
	)
	a, err := newNEON(root, "internal/strictjson/marks_arm64.s", nil)
	if err != nil {
		return nil, err
	}
	a.constant("places", 0x8040201008040201, 0x8040201008040201)
	all := from(bytes, 4)
	mark := func(c int, field string) {
		a.comment("The %s.", field)
		a.op("VMOVI", immediate(c), those.as("B16"))
		for i, b := range all {
			a.bytewise("VCMEQ", those, b, equal+vec(i))
			a.bytewise("VAND", bit, equal+vec(i), equal+vec(i))
		}
		for _, pair := range [][2]vec{{0, 1}, {2, 3}, {0, 2}, {0, 0}} {
			to := equal + pair[0]
			a.bytewise("VADDP", equal+pair[1], to, to)
		}
		a.op("FMOVD", equal.whole(), a.result(field))
	}
	a.implement("vectorMarks")
	a.parameter("block", block)
	a.load(block, 0, all...)
	a.address("places", scratch)
	a.load(scratch, 0, bit)
	mark('"', "quotes")
	mark('\\', "backslashes")
	a.comment("[ becomes { and ] becomes }, and nothing else either.")
	a.op("VMOVI", immediate(0x20), those.as("B16"))
	for _, b := range all {
		a.bytewise("VORR", those, b, b)
	}
	mark('{', "opening")
	mark('}', "closing")
	a.op("RET")
	return a.file(), nil
}
