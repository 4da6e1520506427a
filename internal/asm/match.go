package main

import (
	"path/filepath"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// match writes package optout's look at a bucket of eight hashes.
func match(root string) ([]file, error) {
	const slots = 8
	a, err := newAssembly(filepath.Join(root, "optout"), nil, "purego", "race")
	if err != nil {
		return nil, err
	}
	a.implement("match")
	hashes := operand.Mem{Base: a.Load(a.Param("hashes"), a.GP64())}
	seconds := operand.Mem{Base: a.Load(a.Param("seconds"), a.GP64())}
	hash := a.XMM()
	a.Load(a.Param("hash"), hash)
	a.PREFETCHT0(seconds)
	a.PUNPCKLQDQ(hash, hash)

	// SSE2 compares halves of hashes: both must be the same.
	var found []reg.GPVirtual
	for at := 0; at < slots; at += 2 {
		halves, others, two := a.XMM(), a.XMM(), a.GP32()
		a.MOVOU(hashes.Offset(8*at), halves)
		a.PCMPEQL(hash, halves)
		a.PSHUFD(operand.U8(0xb1), halves, others)
		a.PAND(others, halves)
		a.MOVMSKPD(halves, two)
		found = append(found, two)
	}
	for i, two := range found[1:] {
		a.SHLL(operand.U8(2*(i+1)), two)
	}
	a.ORL(found[1], found[0])
	a.ORL(found[3], found[2])
	a.ORL(found[2], found[0])
	a.MOVL(found[0], a.result())
	a.RET()
	return a.file("optout/match_amd64.s")
}
