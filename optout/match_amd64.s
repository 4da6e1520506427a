//go:build !purego && !race

#include "textflag.h"

// MATCH compares the two hashes at an offset with the one that is twice in X0. SSE2 compares halves of hashes: both must be the
// same. Bit 0 and bit 1 of out tell.
#define MATCH(offset, out) \
	MOVOU    offset(AX), X1 \
	PCMPEQL  X0, X1         \
	PSHUFD   $0xB1, X1, X2  \
	PAND     X2, X1         \
	MOVMSKPD X1, out

// func match(hashes *[8]uint64, seconds *[8]uint32, hash uint64) (slots uint32)
//
// Others may write to the bucket: each hash is aligned, so that it comes as it was or as it will be. The line of the times is asked
// for at once, so that it has come, too, when somebody has opted out.
TEXT ·match(SB), NOSPLIT, $0-28
	MOVQ       hashes+0(FP), AX
	MOVQ       seconds+8(FP), BX
	MOVQ       hash+16(FP), X0
	PREFETCHT0 (BX)
	PUNPCKLQDQ X0, X0
	MATCH(0, CX)
	MATCH(16, DX)
	MATCH(32, SI)
	MATCH(48, DI)
	SHLL       $2, DX
	SHLL       $4, SI
	SHLL       $6, DI
	ORL        DX, CX
	ORL        DI, SI
	ORL        SI, CX
	MOVL       CX, slots+24(FP)
	RET
