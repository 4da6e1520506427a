package main

// prefetchNEON writes for arm64 what prefetch writes for amd64.
func prefetchNEON(root string) ([]file, error) {
	const (
		line    = 64
		at   gp = "R0"
		left gp = "R1"
	)
	a, err := newNEON(root, "internal/prefetch/lines_arm64.s", nil)
	if err != nil {
		return nil, err
	}
	a.implement("Lines")
	a.parameter("p", at)
	a.parameter("n", left)
	a.label("line")
	a.op("PRFM", at.at(0), "PLDL1KEEP")
	a.op("ADD", immediate(line), string(at))
	a.op("SUBS", immediate(1), string(left))
	a.op("BGT", "line")
	a.op("RET")
	return a.file(), nil
}
