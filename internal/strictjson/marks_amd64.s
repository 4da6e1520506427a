//go:build !purego

#include "textflag.h"

DATA quote<>+0(SB)/8, $0x2222222222222222
GLOBL quote<>(SB), RODATA|NOPTR, $8

DATA backslash<>+0(SB)/8, $0x5c5c5c5c5c5c5c5c
GLOBL backslash<>(SB), RODATA|NOPTR, $8

DATA toBrace<>+0(SB)/8, $0x2020202020202020 // makes [ a { and ] a }, and nothing else either
GLOBL toBrace<>(SB), RODATA|NOPTR, $8

DATA opening<>+0(SB)/8, $0x7b7b7b7b7b7b7b7b
GLOBL opening<>(SB), RODATA|NOPTR, $8

DATA closing<>+0(SB)/8, $0x7d7d7d7d7d7d7d7d
GLOBL closing<>(SB), RODATA|NOPTR, $8

// MARK writes which of the 64 bytes in a and b are those in is to AX.
#define MARK(a, b, is) \
	VPCMPEQB  is, a, Y6 \
	VPCMPEQB  is, b, Y7 \
	VPMOVMSKB Y6, AX    \
	VPMOVMSKB Y7, BX    \
	SHLQ      $32, BX   \
	ORQ       BX, AX

// func vectorMarks(block *[64]byte) marks
TEXT ·vectorMarks(SB), NOSPLIT, $0-40
	MOVQ    block+0(FP), SI
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	VPBROADCASTQ quote<>(SB), Y2
	VPBROADCASTQ backslash<>(SB), Y3
	MARK(Y0, Y1, Y2)
	MOVQ         AX, ret_quotes+8(FP)
	MARK(Y0, Y1, Y3)
	MOVQ         AX, ret_backslashes+16(FP)

	VPBROADCASTQ toBrace<>(SB), Y2
	VPBROADCASTQ opening<>(SB), Y3
	VPBROADCASTQ closing<>(SB), Y4
	VPOR         Y2, Y0, Y0
	VPOR         Y2, Y1, Y1
	MARK(Y0, Y1, Y3)
	MOVQ         AX, ret_opening+24(FP)
	MARK(Y0, Y1, Y4)
	MOVQ         AX, ret_closing+32(FP)
	VZEROUPPER
	RET
