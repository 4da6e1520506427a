//go:build !purego

#include "textflag.h"

// The constants of decodeBlocks, 16 bytes each, for both halves of a register.

DATA hyphen<>+0(SB)/8, $0x2d2d2d2d2d2d2d2d
DATA hyphen<>+8(SB)/8, $0x2d2d2d2d2d2d2d2d
GLOBL hyphen<>(SB), RODATA|NOPTR, $16

DATA toPlus<>+0(SB)/8, $0xfefefefefefefefe // '+' - '-'
DATA toPlus<>+8(SB)/8, $0xfefefefefefefefe
GLOBL toPlus<>(SB), RODATA|NOPTR, $16

DATA underscore<>+0(SB)/8, $0x5f5f5f5f5f5f5f5f
DATA underscore<>+8(SB)/8, $0x5f5f5f5f5f5f5f5f
GLOBL underscore<>(SB), RODATA|NOPTR, $16

DATA toSlash<>+0(SB)/8, $0xd0d0d0d0d0d0d0d0 // '/' - '_'
DATA toSlash<>+8(SB)/8, $0xd0d0d0d0d0d0d0d0
GLOBL toSlash<>(SB), RODATA|NOPTR, $16

DATA slash<>+0(SB)/8, $0x2f2f2f2f2f2f2f2f // also the mask of the nibbles: a lookup ignores bit 5
DATA slash<>+8(SB)/8, $0x2f2f2f2f2f2f2f2f
GLOBL slash<>(SB), RODATA|NOPTR, $16

// A character is of the alphabet if what its two nibbles look up here has no bit in common.

DATA byLow<>+0(SB)/8, $0x1111111111111115
DATA byLow<>+8(SB)/8, $0x1a1b1b1b1a131111
GLOBL byLow<>(SB), RODATA|NOPTR, $16

DATA byHigh<>+0(SB)/8, $0x0804080402011010
DATA byHigh<>+8(SB)/8, $0x1010101010101010
GLOBL byHigh<>(SB), RODATA|NOPTR, $16

// What takes a character to its six bits, by its upper nibble; one less for '/'.

DATA roll<>+0(SB)/8, $0xb9b9bfbf04131000
DATA roll<>+8(SB)/8, $0x0000000000000000
GLOBL roll<>(SB), RODATA|NOPTR, $16

DATA pairs<>+0(SB)/8, $0x0140014001400140
DATA pairs<>+8(SB)/8, $0x0140014001400140
GLOBL pairs<>(SB), RODATA|NOPTR, $16

DATA quads<>+0(SB)/8, $0x0001100000011000
DATA quads<>+8(SB)/8, $0x0001100000011000
GLOBL quads<>(SB), RODATA|NOPTR, $16

DATA turned<>+0(SB)/8, $0x090a040506000102 // three bytes of each four, in the other order
DATA turned<>+8(SB)/8, $0xffffffff0c0d0e08
GLOBL turned<>(SB), RODATA|NOPTR, $16

DATA joined<>+0(SB)/8, $0x0000000100000000
DATA joined<>+8(SB)/8, $0x0000000400000002
DATA joined<>+16(SB)/8, $0x0000000600000005
DATA joined<>+24(SB)/8, $0x0000000700000007
GLOBL joined<>(SB), RODATA|NOPTR, $32

// func decodeBlocks(dst, text *byte, n int) bool
//
// 32 characters at a time, after Wojciech Muła and Daniel Lemire, "Faster Base64 Encoding and Decoding Using AVX2
// Instructions", https://arxiv.org/abs/1704.00605. The last 32 are decoded again together with what is left.
TEXT ·decodeBlocks(SB), NOSPLIT, $0-25
	MOVQ dst+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), CX

	VBROADCASTI128 hyphen<>(SB), Y1
	VBROADCASTI128 toPlus<>(SB), Y2
	VBROADCASTI128 underscore<>(SB), Y3
	VBROADCASTI128 toSlash<>(SB), Y4
	VBROADCASTI128 slash<>(SB), Y5
	VBROADCASTI128 byLow<>(SB), Y6
	VBROADCASTI128 byHigh<>(SB), Y7
	VBROADCASTI128 roll<>(SB), Y8
	VBROADCASTI128 pairs<>(SB), Y9
	VBROADCASTI128 quads<>(SB), Y10
	VBROADCASTI128 turned<>(SB), Y11
	VMOVDQU        joined<>(SB), Y12
	VPXOR          Y13, Y13, Y13

block:
	VMOVDQU (SI), Y0

	// The URL-safe alphabet becomes the standard one.
	VPCMPEQB Y1, Y0, Y14
	VPAND    Y2, Y14, Y14
	VPADDB   Y14, Y0, Y0
	VPCMPEQB Y3, Y0, Y14
	VPAND    Y4, Y14, Y14
	VPADDB   Y14, Y0, Y0

	// Wrong characters leave a bit in Y13.
	VPSRLD  $4, Y0, Y14
	VPAND   Y5, Y14, Y14
	VPAND   Y5, Y0, Y15
	VPSHUFB Y15, Y6, Y15
	VPSHUFB Y14, Y7, Y7
	VPAND   Y7, Y15, Y15
	VPOR    Y15, Y13, Y13
	VBROADCASTI128 byHigh<>(SB), Y7

	// Characters become six bits each.
	VPCMPEQB Y5, Y0, Y15
	VPADDB   Y15, Y14, Y14
	VPSHUFB  Y14, Y8, Y14
	VPADDB   Y14, Y0, Y0

	// Six bits become bytes.
	VPMADDUBSW Y9, Y0, Y0
	VPMADDWD   Y10, Y0, Y0
	VPSHUFB    Y11, Y0, Y0
	VPERMD     Y0, Y12, Y0
	VMOVDQU    Y0, (DI)

	ADDQ $32, SI
	ADDQ $24, DI
	SUBQ $32, CX
	CMPQ CX, $32
	JGE  block
	TESTQ CX, CX
	JEQ  done

	// Fewer than 32 are left: go back to where 32 are. 32-n characters are (32-n)/4*3 bytes.
	MOVQ $32, AX
	SUBQ CX, AX
	SUBQ AX, SI
	SHRQ $2, AX
	LEAQ (AX)(AX*2), AX
	SUBQ AX, DI
	MOVQ $32, CX
	JMP  block

done:
	VPTEST Y13, Y13
	SETEQ  ret+24(FP)
	VZEROUPPER
	RET
