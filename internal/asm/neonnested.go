package main

// The registers of vectorNested.
const (
	nestedData   gp = "R0"
	nestedLength gp = "R1" // of what is left
	nestedDepth  gp = "R2"
	nestedOpen   gp = "R3"
	nestedString gp = "R4"
	nestedStart  gp = "R6"
	insideMask   gp = "R7"
	quarters     gp = "R8" // how many brackets open in each 16 bytes, and behind that how many close
	fourOnes     gp = "R9" // times this, four bytes are each the sum of those up to it
	openedSums   gp = "R10"
	closedSums   gp = "R11"
	deepest      gp = "R12"
	stillOpen    gp = "R13"
	fourTops     gp = "R14"
	mostOpen     gp = "R15"
)

// nestedNEON writes for arm64 what nested writes for amd64.
func nestedNEON(root string) ([]file, error) {
	a, err := newNEON(root, "internal/strictjson/nested_arm64.s", nil)
	if err != nil {
		return nil, err
	}
	a.implement("vectorNested")
	a.parameter("data", nestedData)
	a.parameter("length", nestedLength)
	a.parameter("depth", nestedDepth)
	a.parameter("open", nestedOpen)
	a.parameter("inString", nestedString)
	a.op("MOVD", string(nestedData), string(nestedStart))
	a.loadPlaces()
	a.op("MOVD", immediate(0x01010101), string(fourOnes))
	a.op("LSL", immediate(7), string(fourOnes), string(fourTops))
	const size = 64
	a.op("MOVD", immediate(size), string(mostOpen))

	a.label("loop")
	a.op("CMP", immediate(size), string(nestedLength))
	a.op("BLT", done)
	a.load(nestedData, 0, from(bytesOfBlock, 4)...)
	a.leaveBackslashes()
	a.strings()
	a.brackets()
	a.nest()

	a.label("next")
	a.op("ASR", immediate(63), string(insideMask), string(nestedString))
	a.op("ADD", immediate(size), string(nestedData))
	a.op("SUB", immediate(size), string(nestedLength))
	a.op("B", "loop")

	a.single()
	a.label(done)
	a.op("SUB", string(nestedStart), string(nestedData))
	a.op("MOVD", string(nestedData), a.returned("passed"))
	a.op("MOVD", string(nestedOpen), a.returned("left"))
	a.op("MOVD", string(nestedString), a.returned("inside"))
	a.op("RET")
	return a.file(), nil
}

func (a *neon) leaveBackslashes() {
	a.comment("Backslashes are for the caller.")
	found := from(16, 4)
	a.same('\\', found)
	for _, r := range found[1:] {
		a.bytewise("VORR", r, found[0], found[0])
	}
	a.op("VUADDLV", found[0].as("B16"), "V16")
	a.op("VMOV", found[0].as("H[0]"), string(scratch))
	a.op("CBNZ", string(scratch), done)
}

const (
	outside      vec = 24 // has a bit for each byte outside of strings, twice
	bothBrackets vec = 25 // those that open, and those that close
)

func (a *neon) strings() {
	a.comment("What is in strings: from odd quotes to even ones.")
	found := from(16, 4)
	a.which('"', found)
	a.join(found[0], found[0])
	a.op("VMOV", found[0].as("D[0]"), string(insideMask))
	for _, bits := range []string{"1", "2", "4", "8", "16", "32"} {
		a.op("EOR", string(insideMask)+"<<"+bits, string(insideMask))
	}
	a.op("EOR", string(nestedString), string(insideMask))
	a.op("MVN", string(insideMask), string(scratch))
	a.op("VDUP", string(scratch), outside.as("D2"))
}

// brackets counts those of each 16 bytes.
func (a *neon) brackets() {
	a.comment("Brackets outside of them.")
	a.braces()
	opened, closed := from(16, 4), from(20, 4)
	a.which('{', opened)
	a.which('}', closed)
	counts := opened[0]
	a.join(counts, closed[0])
	a.bytewise("VAND", outside, counts, bothBrackets)
	a.bytewise("VCNT", bothBrackets, counts)
	a.join(counts, counts)
	a.op("VMOV", counts.as("D[0]"), string(quarters))
	a.op("MULW", string(fourOnes), string(quarters), string(openedSums))
	a.op("LSR", immediate(32), string(quarters))
	a.op("MULW", string(fourOnes), string(quarters), string(closedSums))
}

// nest counts what is open behind a block, or finds the end. Bytes are compared four at a time: each
// is 128 or more if something is still open behind its quarter, even if that closes before it opens.
// More than 64 that are open are as good as 64.
func (a *neon) nest() {
	a.comment("What may be too deep is for the caller.")
	a.op("ADD", string(openedSums)+">>24", string(nestedOpen), string(deepest))
	a.op("CMP", string(nestedDepth), string(deepest))
	a.op("BGT", done)

	a.comment("16 bytes don't hold the end if something stays open even if they close before they open.")
	a.op("CMP", string(mostOpen), string(nestedOpen))
	a.op("CSEL", "LT", string(nestedOpen), string(mostOpen), string(stillOpen))
	a.op("ADD", immediate(127), string(stillOpen))
	a.op("MULW", string(fourOnes), string(stillOpen))
	a.op("ADDW", string(openedSums)+"<<8", string(stillOpen))
	a.op("SUBW", string(closedSums), string(stillOpen))
	a.op("BICW", string(stillOpen), string(fourTops), string(stillOpen))
	a.op("CBNZW", string(stillOpen), "single")
	a.op("SUB", string(closedSums)+">>24", string(deepest), string(nestedOpen))
}

// single takes one bracket after the other, and goes on with the next block if none is the end.
func (a *neon) single() {
	const left, closing, first, one, change gp = "R8", "R10", "R11", "R12", "R13"
	a.label("single")
	a.op("VMOV", bothBrackets.as("D[0]"), string(left))
	a.op("VMOV", bothBrackets.as("D[1]"), string(closing))
	a.op("ORR", string(closing), string(left))
	a.op("MOVD", immediate(1), string(one))

	a.label("bracket")
	a.op("NEG", string(left), string(first))
	a.op("AND", string(left), string(first))
	a.op("EOR", string(first), string(left))
	a.op("TST", string(first), string(closing))
	a.op("CSNEG", "EQ", string(one), string(one), string(change))
	a.op("ADD", string(change), string(nestedOpen))
	a.op("CBZ", string(nestedOpen), "end")
	a.op("CBNZ", string(left), "bracket")
	a.op("B", "next")

	a.label("end")
	a.op("RBIT", string(first), string(first))
	a.op("CLZ", string(first), string(first))
	a.op("ADD", string(first), string(nestedData))
	a.op("ADD", immediate(1), string(nestedData))
}
