//go:build !purego

#include "textflag.h"

// AES-256 of whole tokens, with the registers full: the layers of a token are short, and one block after another waits for the
// latency of every single instruction. As in crypto/aes, nothing here depends on secrets but the values in the registers: no
// branch, but for the one on whether the tag was right, and no address.

// The parts of vectorCiphers, by the number of the round or of the power.
#define ENC(i) (16*i)(DI)
#define DEC(i) (400+16*(i-1))(DI)
#define POW(i) (240+16*(10-i))(DI)

DATA swapped<>+0(SB)/8, $0x08090a0b0c0d0e0f
DATA swapped<>+8(SB)/8, $0x0001020304050607
DATA swapped<>+16(SB)/8, $0x08090a0b0c0d0e0f
DATA swapped<>+24(SB)/8, $0x0001020304050607
GLOBL swapped<>(SB), RODATA|NOPTR, $32

DATA poly<>+0(SB)/8, $0x0000000000000001
DATA poly<>+8(SB)/8, $0xc200000000000000
GLOBL poly<>(SB), RODATA|NOPTR, $16

// 16 bytes that stay and 16 that don't: a window on them keeps the first bytes of a block.

DATA window<>+0(SB)/8, $0xffffffffffffffff
DATA window<>+8(SB)/8, $0xffffffffffffffff
DATA window<>+16(SB)/8, $0x0000000000000000
DATA window<>+24(SB)/8, $0x0000000000000000
GLOBL window<>(SB), RODATA|NOPTR, $32

// The counters 1 to 10, behind the IV.

DATA counters<>+0(SB)/8, $0x0000000000000000
DATA counters<>+8(SB)/8, $0x0100000000000000
DATA counters<>+16(SB)/8, $0x0000000000000000
DATA counters<>+24(SB)/8, $0x0200000000000000
DATA counters<>+32(SB)/8, $0x0000000000000000
DATA counters<>+40(SB)/8, $0x0300000000000000
DATA counters<>+48(SB)/8, $0x0000000000000000
DATA counters<>+56(SB)/8, $0x0400000000000000
DATA counters<>+64(SB)/8, $0x0000000000000000
DATA counters<>+72(SB)/8, $0x0500000000000000
DATA counters<>+80(SB)/8, $0x0000000000000000
DATA counters<>+88(SB)/8, $0x0600000000000000
DATA counters<>+96(SB)/8, $0x0000000000000000
DATA counters<>+104(SB)/8, $0x0700000000000000
DATA counters<>+112(SB)/8, $0x0000000000000000
DATA counters<>+120(SB)/8, $0x0800000000000000
DATA counters<>+128(SB)/8, $0x0000000000000000
DATA counters<>+136(SB)/8, $0x0900000000000000
DATA counters<>+144(SB)/8, $0x0000000000000000
DATA counters<>+152(SB)/8, $0x0a00000000000000
GLOBL counters<>(SB), RODATA|NOPTR, $160

// SHIFTED is a round of the key schedule: a becomes the sums of its words so far, and X2.
#define SHIFTED(a) \
	VPSLLDQ $4, a, X3 \
	VPXOR   X3, a, a  \
	VPSLLDQ $4, X3, X3 \
	VPXOR   X3, a, a  \
	VPSLLDQ $4, X3, X3 \
	VPXOR   X3, a, a  \
	VPXOR   X2, a, a

#define EVEN(i, rcon) \
	VAESKEYGENASSIST $rcon, X1, X2 \
	VPSHUFD          $0xff, X2, X2 \
	SHIFTED(X0)                    \
	VMOVDQU          X0, ENC(i)

#define ODD(i) \
	VAESKEYGENASSIST $0, X0, X2    \
	VPSHUFD          $0xaa, X2, X2 \
	SHIFTED(X1)                    \
	VMOVDQU          X1, ENC(i)

#define INVERTED(i, from) \
	VAESIMC ENC(from), X2 \
	VMOVDQU X2, DEC(i)

// TIMES adds the product of a block in X13 and a power of the hash key to X10 (low), X11 (middle) and X12 (high). TIMESFIRST
// puts it there.
#define TIMESFIRST(power) \
	VPCLMULQDQ $0x00, power, X13, X10 \
	VPCLMULQDQ $0x01, power, X13, X11 \
	VPCLMULQDQ $0x11, power, X13, X12 \
	VPCLMULQDQ $0x10, power, X13, X14 \
	VPXOR      X14, X11, X11

#define TIMES(power) \
	VPCLMULQDQ $0x00, power, X13, X14 \
	VPXOR      X14, X10, X10          \
	VPCLMULQDQ $0x01, power, X13, X14 \
	VPXOR      X14, X11, X11          \
	VPCLMULQDQ $0x11, power, X13, X14 \
	VPXOR      X14, X12, X12          \
	VPCLMULQDQ $0x10, power, X13, X14 \
	VPXOR      X14, X11, X11

// REDUCED brings the sum back to 128 bits, in X10. It needs poly in X15.
#define REDUCED \
	VPSRLDQ    $8, X11, X14         \
	VPXOR      X14, X12, X12        \
	VPSLLDQ    $8, X11, X14         \
	VPXOR      X14, X10, X10        \
	VPCLMULQDQ $0x10, X15, X10, X14 \
	VPSHUFD    $78, X10, X10        \
	VPXOR      X14, X10, X10        \
	VPCLMULQDQ $0x10, X15, X10, X14 \
	VPSHUFD    $78, X10, X10        \
	VPXOR      X14, X10, X10        \
	VPXOR      X12, X10, X10

// HASH adds a block of ciphertext.
#define HASHFIRST(at, power) \
	VMOVDQU at(DX), X13              \
	VPSHUFB swapped<>(SB), X13, X13  \
	TIMESFIRST(power)

#define HASH(at, power) \
	VMOVDQU at(DX), X13             \
	VPSHUFB swapped<>(SB), X13, X13 \
	TIMES(power)

// HASHLAST adds the last block of ciphertext, of which only the first bytes belong to it, as AX tells.
#define HASHLAST(at, power) \
	VMOVDQU at(DX), X13             \
	VPAND   (AX), X13, X13          \
	VPSHUFB swapped<>(SB), X13, X13 \
	TIMES(power)

// HASHLENGTH adds the length of the ciphertext in bits, and of no additional data.
#define HASHLENGTH \
	MOVQ  CX, R8   \
	SHLQ  $3, R8   \
	VMOVQ R8, X13  \
	TIMES(POW(1))

// FETCHED asks for all that opening reads of a key at once: with many keys, it is in no near cache.
#define FETCHED \
	PREFETCHT0 64(DI)  \
	PREFETCHT0 128(DI) \
	PREFETCHT0 192(DI) \
	PREFETCHT0 256(DI) \
	PREFETCHT0 320(DI) \
	PREFETCHT0 384(DI)

// func featuresOfLeaf7() uint32
TEXT ·featuresOfLeaf7(SB), NOSPLIT, $0-4
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL CX, ret+0(FP)
	RET

// func expand(v *vectorCiphers, secret *[KeySize]byte)
//
// The key schedules, as FIPS 197 has them, the one for decryption for the equivalent inverse cipher. Then the powers of
// the hash key, times x, which makes up for the product of two reflected polynomials being one bit short.
TEXT ·expand(SB), NOSPLIT, $0-16
	MOVQ v+0(FP), DI
	MOVQ secret+8(FP), SI

	VMOVDQU (SI), X0
	VMOVDQU X0, ENC(0)
	VMOVDQU 16(SI), X1
	VMOVDQU X1, ENC(1)
	EVEN(2, 0x01)
	ODD(3)
	EVEN(4, 0x02)
	ODD(5)
	EVEN(6, 0x04)
	ODD(7)
	EVEN(8, 0x08)
	ODD(9)
	EVEN(10, 0x10)
	ODD(11)
	EVEN(12, 0x20)
	ODD(13)
	EVEN(14, 0x40)

	INVERTED(1, 13)
	INVERTED(2, 12)
	INVERTED(3, 11)
	INVERTED(4, 10)
	INVERTED(5, 9)
	INVERTED(6, 8)
	INVERTED(7, 7)
	INVERTED(8, 6)
	INVERTED(9, 5)
	INVERTED(10, 4)
	INVERTED(11, 3)
	INVERTED(12, 2)
	INVERTED(13, 1)

	// The hash key is a block of zeros, encrypted.
	VMOVDQU ENC(0), X0
	VAESENC ENC(1), X0, X0
	VAESENC ENC(2), X0, X0
	VAESENC ENC(3), X0, X0
	VAESENC ENC(4), X0, X0
	VAESENC ENC(5), X0, X0
	VAESENC ENC(6), X0, X0
	VAESENC ENC(7), X0, X0
	VAESENC ENC(8), X0, X0
	VAESENC ENC(9), X0, X0
	VAESENC ENC(10), X0, X0
	VAESENC ENC(11), X0, X0
	VAESENC ENC(12), X0, X0
	VAESENC ENC(13), X0, X0
	VAESENCLAST ENC(14), X0, X0
	VPSHUFB swapped<>(SB), X0, X0

	// Times x.
	VMOVDQU poly<>(SB), X15
	VPSHUFD $0xff, X0, X2
	VPSRAD  $31, X2, X2
	VPAND   X15, X2, X2
	VPSRLD  $31, X0, X3
	VPSLLDQ $4, X3, X3
	VPSLLD  $1, X0, X0
	VPXOR   X2, X0, X0
	VPXOR   X3, X0, X0
	VMOVDQU X0, POW(1)
	VMOVDQU X0, X13

	TIMESFIRST(POW(1))
	REDUCED
	VMOVDQU X10, POW(2)
	TIMESFIRST(POW(2))
	REDUCED
	VMOVDQU X10, POW(3)
	TIMESFIRST(POW(3))
	REDUCED
	VMOVDQU X10, POW(4)
	TIMESFIRST(POW(4))
	REDUCED
	VMOVDQU X10, POW(5)
	TIMESFIRST(POW(5))
	REDUCED
	VMOVDQU X10, POW(6)
	TIMESFIRST(POW(6))
	REDUCED
	VMOVDQU X10, POW(7)
	TIMESFIRST(POW(7))
	REDUCED
	VMOVDQU X10, POW(8)
	TIMESFIRST(POW(8))
	REDUCED
	VMOVDQU X10, POW(9)
	TIMESFIRST(POW(9))
	REDUCED
	VMOVDQU X10, POW(10)
	VZEROUPPER
	RET

#define ROUND10(op, key) \
	op key, X0, X0 \
	op key, X1, X1 \
	op key, X2, X2 \
	op key, X3, X3 \
	op key, X4, X4 \
	op key, X5, X5 \
	op key, X6, X6 \
	op key, X7, X7 \
	op key, X8, X8 \
	op key, X9, X9

// func openNine(v *vectorCiphers, iv *[12]byte, data *byte, n int) bool
//
// AES-256-GCM without additional data, in place: n bytes, 129 to 144, and the tag behind them. It overwrites up to 144 bytes of both.
TEXT ·openNine(SB), NOSPLIT, $0-33
	MOVQ v+0(FP), DI
	MOVQ iv+8(FP), SI
	MOVQ data+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ window<>+144(SB), AX
	SUBQ CX, AX
	FETCHED

	VMOVQ   (SI), X15
	VPINSRD $2, 8(SI), X15, X15
	VPXOR   ENC(0), X15, X15
	VPXOR   counters<>+0(SB), X15, X0
	VPXOR   counters<>+16(SB), X15, X1
	VPXOR   counters<>+32(SB), X15, X2
	VPXOR   counters<>+48(SB), X15, X3
	VPXOR   counters<>+64(SB), X15, X4
	VPXOR   counters<>+80(SB), X15, X5
	VPXOR   counters<>+96(SB), X15, X6
	VPXOR   counters<>+112(SB), X15, X7
	VPXOR   counters<>+128(SB), X15, X8
	VPXOR   counters<>+144(SB), X15, X9

	ROUND10(VAESENC, ENC(1))
	HASHFIRST(0, POW(10))
	ROUND10(VAESENC, ENC(2))
	HASH(16, POW(9))
	ROUND10(VAESENC, ENC(3))
	HASH(32, POW(8))
	ROUND10(VAESENC, ENC(4))
	HASH(48, POW(7))
	ROUND10(VAESENC, ENC(5))
	HASH(64, POW(6))
	ROUND10(VAESENC, ENC(6))
	HASH(80, POW(5))
	ROUND10(VAESENC, ENC(7))
	HASH(96, POW(4))
	ROUND10(VAESENC, ENC(8))
	HASH(112, POW(3))
	ROUND10(VAESENC, ENC(9))
	HASHLAST(128, POW(2))
	ROUND10(VAESENC, ENC(10))
	HASHLENGTH
	ROUND10(VAESENC, ENC(11))
	ROUND10(VAESENC, ENC(12))
	ROUND10(VAESENC, ENC(13))
	ROUND10(VAESENCLAST, ENC(14))

	VMOVDQU poly<>(SB), X15
	REDUCED
	VPSHUFB swapped<>(SB), X10, X10
	VPXOR   X0, X10, X10
	VPXOR   (DX)(CX*1), X10, X10
	VPTEST  X10, X10
	SETEQ   ret+32(FP)
	JNE     done

	VPXOR   0(DX), X1, X1
	VMOVDQU X1, 0(DX)
	VPXOR   16(DX), X2, X2
	VMOVDQU X2, 16(DX)
	VPXOR   32(DX), X3, X3
	VMOVDQU X3, 32(DX)
	VPXOR   48(DX), X4, X4
	VMOVDQU X4, 48(DX)
	VPXOR   64(DX), X5, X5
	VMOVDQU X5, 64(DX)
	VPXOR   80(DX), X6, X6
	VMOVDQU X6, 80(DX)
	VPXOR   96(DX), X7, X7
	VMOVDQU X7, 96(DX)
	VPXOR   112(DX), X8, X8
	VMOVDQU X8, 112(DX)
	VPXOR   128(DX), X9, X9
	VMOVDQU X9, 128(DX)

done:
	VZEROUPPER
	RET

#define ROUND6(op, key) \
	op key, X0, X0 \
	op key, X1, X1 \
	op key, X2, X2 \
	op key, X3, X3 \
	op key, X4, X4 \
	op key, X5, X5

// func openFive(v *vectorCiphers, iv *[12]byte, data *byte, n int) bool
//
// openNine for 65 to 80 bytes. It overwrites up to 80.
TEXT ·openFive(SB), NOSPLIT, $0-33
	MOVQ v+0(FP), DI
	MOVQ iv+8(FP), SI
	MOVQ data+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ window<>+80(SB), AX
	SUBQ CX, AX
	FETCHED

	VMOVQ   (SI), X15
	VPINSRD $2, 8(SI), X15, X15
	VPXOR   ENC(0), X15, X15
	VPXOR   counters<>+0(SB), X15, X0
	VPXOR   counters<>+16(SB), X15, X1
	VPXOR   counters<>+32(SB), X15, X2
	VPXOR   counters<>+48(SB), X15, X3
	VPXOR   counters<>+64(SB), X15, X4
	VPXOR   counters<>+80(SB), X15, X5

	ROUND6(VAESENC, ENC(1))
	HASHFIRST(0, POW(6))
	ROUND6(VAESENC, ENC(2))
	HASH(16, POW(5))
	ROUND6(VAESENC, ENC(3))
	HASH(32, POW(4))
	ROUND6(VAESENC, ENC(4))
	HASH(48, POW(3))
	ROUND6(VAESENC, ENC(5))
	HASHLAST(64, POW(2))
	ROUND6(VAESENC, ENC(6))
	HASHLENGTH
	ROUND6(VAESENC, ENC(7))
	ROUND6(VAESENC, ENC(8))
	ROUND6(VAESENC, ENC(9))
	ROUND6(VAESENC, ENC(10))
	ROUND6(VAESENC, ENC(11))
	ROUND6(VAESENC, ENC(12))
	ROUND6(VAESENC, ENC(13))
	ROUND6(VAESENCLAST, ENC(14))

	VMOVDQU poly<>(SB), X15
	REDUCED
	VPSHUFB swapped<>(SB), X10, X10
	VPXOR   X0, X10, X10
	VPXOR   (DX)(CX*1), X10, X10
	VPTEST  X10, X10
	SETEQ   ret+32(FP)
	JNE     done

	VPXOR   0(DX), X1, X1
	VMOVDQU X1, 0(DX)
	VPXOR   16(DX), X2, X2
	VMOVDQU X2, 16(DX)
	VPXOR   32(DX), X3, X3
	VMOVDQU X3, 32(DX)
	VPXOR   48(DX), X4, X4
	VMOVDQU X4, 48(DX)
	VPXOR   64(DX), X5, X5
	VMOVDQU X5, 64(DX)

done:
	VZEROUPPER
	RET

// The same, two blocks to a register, which newer processors can. Nothing may need AVX-512 here: see wideFeatures.

#define WIDETIMES(power) \
	VPCLMULQDQ $0x00, power, Y13, Y14 \
	VPXOR      Y14, Y10, Y10          \
	VPCLMULQDQ $0x01, power, Y13, Y14 \
	VPXOR      Y14, Y11, Y11          \
	VPCLMULQDQ $0x11, power, Y13, Y14 \
	VPXOR      Y14, Y12, Y12          \
	VPCLMULQDQ $0x10, power, Y13, Y14 \
	VPXOR      Y14, Y11, Y11

#define WIDEHASHFIRST(at, power) \
	VMOVDQU    at(DX), Y13               \
	VPSHUFB    swapped<>(SB), Y13, Y13   \
	VPCLMULQDQ $0x00, power, Y13, Y10    \
	VPCLMULQDQ $0x01, power, Y13, Y11    \
	VPCLMULQDQ $0x11, power, Y13, Y12    \
	VPCLMULQDQ $0x10, power, Y13, Y14    \
	VPXOR      Y14, Y11, Y11

#define WIDEHASH(at, power) \
	VMOVDQU at(DX), Y13             \
	VPSHUFB swapped<>(SB), Y13, Y13 \
	WIDETIMES(power)

// WIDEHASHLAST adds the last block of ciphertext and the length.
#define WIDEHASHLAST(at) \
	VMOVDQU     at(DX), X13             \
	VPAND       (AX), X13, X13          \
	VPSHUFB     swapped<>(SB), X13, X13 \
	MOVQ        CX, R8                  \
	SHLQ        $3, R8                  \
	VMOVQ       R8, X14                 \
	VINSERTI128 $1, X14, Y13, Y13       \
	WIDETIMES(POW(2))

// func openNineWide(v *vectorCiphers, iv *[12]byte, data *byte, n int) bool
//
// openNine, two blocks to a register.
TEXT ·openNineWide(SB), NOSPLIT, $0-33
	MOVQ v+0(FP), DI
	MOVQ iv+8(FP), SI
	MOVQ data+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ window<>+144(SB), AX
	SUBQ CX, AX
	FETCHED

	VMOVQ          (SI), X15
	VPINSRD        $2, 8(SI), X15, X15
	VPXOR          ENC(0), X15, X15
	VINSERTI128    $1, X15, Y15, Y15
	VPXOR          counters<>+0(SB), Y15, Y0
	VPXOR          counters<>+32(SB), Y15, Y1
	VPXOR          counters<>+64(SB), Y15, Y2
	VPXOR          counters<>+96(SB), Y15, Y3
	VPXOR          counters<>+128(SB), Y15, Y4

	VBROADCASTI128 ENC(1), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	WIDEHASHFIRST(0, POW(10))
	VBROADCASTI128 ENC(2), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(3), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	WIDEHASH(32, POW(8))
	VBROADCASTI128 ENC(4), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(5), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	WIDEHASH(64, POW(6))
	VBROADCASTI128 ENC(6), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(7), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	WIDEHASH(96, POW(4))
	VBROADCASTI128 ENC(8), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(9), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	WIDEHASHLAST(128)
	VBROADCASTI128 ENC(10), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(11), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(12), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(13), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VAESENC Y15, Y3, Y3
	VAESENC Y15, Y4, Y4
	VBROADCASTI128 ENC(14), Y15
	VAESENCLAST Y15, Y0, Y0
	VAESENCLAST Y15, Y1, Y1
	VAESENCLAST Y15, Y2, Y2
	VAESENCLAST Y15, Y3, Y3
	VAESENCLAST Y15, Y4, Y4

	VEXTRACTI128 $1, Y10, X14
	VPXOR        X14, X10, X10
	VEXTRACTI128 $1, Y11, X14
	VPXOR        X14, X11, X11
	VEXTRACTI128 $1, Y12, X14
	VPXOR        X14, X12, X12
	VMOVDQU      poly<>(SB), X15
	REDUCED
	VPSHUFB      swapped<>(SB), X10, X10
	VPXOR        X0, X10, X10
	VPXOR        (DX)(CX*1), X10, X10
	VPTEST       X10, X10
	SETEQ        ret+32(FP)
	JNE          done

	VEXTRACTI128 $1, Y0, X0
	VPXOR        (DX), X0, X0
	VMOVDQU      X0, (DX)
	VPXOR        16(DX), Y1, Y1
	VMOVDQU      Y1, 16(DX)
	VPXOR        48(DX), Y2, Y2
	VMOVDQU      Y2, 48(DX)
	VPXOR        80(DX), Y3, Y3
	VMOVDQU      Y3, 80(DX)
	VPXOR        112(DX), Y4, Y4
	VMOVDQU      Y4, 112(DX)

done:
	VZEROUPPER
	RET

// func openFiveWide(v *vectorCiphers, iv *[12]byte, data *byte, n int) bool
//
// openFive, two blocks to a register.
TEXT ·openFiveWide(SB), NOSPLIT, $0-33
	MOVQ v+0(FP), DI
	MOVQ iv+8(FP), SI
	MOVQ data+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ window<>+80(SB), AX
	SUBQ CX, AX
	FETCHED

	VMOVQ          (SI), X15
	VPINSRD        $2, 8(SI), X15, X15
	VPXOR          ENC(0), X15, X15
	VINSERTI128    $1, X15, Y15, Y15
	VPXOR          counters<>+0(SB), Y15, Y0
	VPXOR          counters<>+32(SB), Y15, Y1
	VPXOR          counters<>+64(SB), Y15, Y2

	VBROADCASTI128 ENC(1), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	WIDEHASHFIRST(0, POW(6))
	VBROADCASTI128 ENC(2), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(3), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	WIDEHASH(32, POW(4))
	VBROADCASTI128 ENC(4), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(5), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	WIDEHASHLAST(64)
	VBROADCASTI128 ENC(6), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(7), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(8), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(9), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(10), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(11), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(12), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(13), Y15
	VAESENC Y15, Y0, Y0
	VAESENC Y15, Y1, Y1
	VAESENC Y15, Y2, Y2
	VBROADCASTI128 ENC(14), Y15
	VAESENCLAST Y15, Y0, Y0
	VAESENCLAST Y15, Y1, Y1
	VAESENCLAST Y15, Y2, Y2

	VEXTRACTI128 $1, Y10, X14
	VPXOR        X14, X10, X10
	VEXTRACTI128 $1, Y11, X14
	VPXOR        X14, X11, X11
	VEXTRACTI128 $1, Y12, X14
	VPXOR        X14, X12, X12
	VMOVDQU      poly<>(SB), X15
	REDUCED
	VPSHUFB      swapped<>(SB), X10, X10
	VPXOR        X0, X10, X10
	VPXOR        (DX)(CX*1), X10, X10
	VPTEST       X10, X10
	SETEQ        ret+32(FP)
	JNE          done

	VEXTRACTI128 $1, Y0, X0
	VPXOR        (DX), X0, X0
	VMOVDQU      X0, (DX)
	VPXOR        16(DX), Y1, Y1
	VMOVDQU      Y1, 16(DX)
	VPXOR        48(DX), Y2, Y2
	VMOVDQU      Y2, 48(DX)

done:
	VZEROUPPER
	RET

#define BLOCKS7(op, key) \
	op key, X0, X0 \
	op key, X1, X1 \
	op key, X2, X2 \
	op key, X3, X3 \
	op key, X4, X4 \
	op key, X5, X5 \
	op key, X6, X6

// func chainSeven(v *vectorCiphers, iv *[16]byte, data *byte)
//
// AES-256-CBC of seven blocks, in place.
TEXT ·chainSeven(SB), NOSPLIT, $0-24
	MOVQ v+0(FP), DI
	MOVQ iv+8(FP), SI
	MOVQ data+16(FP), DX

	VMOVDQU ENC(14), X15
	VPXOR 0(DX), X15, X0
	VPXOR 16(DX), X15, X1
	VPXOR 32(DX), X15, X2
	VPXOR 48(DX), X15, X3
	VPXOR 64(DX), X15, X4
	VPXOR 80(DX), X15, X5
	VPXOR 96(DX), X15, X6

	BLOCKS7(VAESDEC, DEC(1))
	BLOCKS7(VAESDEC, DEC(2))
	BLOCKS7(VAESDEC, DEC(3))
	BLOCKS7(VAESDEC, DEC(4))
	BLOCKS7(VAESDEC, DEC(5))
	BLOCKS7(VAESDEC, DEC(6))
	BLOCKS7(VAESDEC, DEC(7))
	BLOCKS7(VAESDEC, DEC(8))
	BLOCKS7(VAESDEC, DEC(9))
	BLOCKS7(VAESDEC, DEC(10))
	BLOCKS7(VAESDEC, DEC(11))
	BLOCKS7(VAESDEC, DEC(12))
	BLOCKS7(VAESDEC, DEC(13))
	BLOCKS7(VAESDECLAST, ENC(0))

	VPXOR (SI), X0, X0
	VPXOR 0(DX), X1, X1
	VPXOR 16(DX), X2, X2
	VPXOR 32(DX), X3, X3
	VPXOR 48(DX), X4, X4
	VPXOR 64(DX), X5, X5
	VPXOR 80(DX), X6, X6
	VMOVDQU X0, 0(DX)
	VMOVDQU X1, 16(DX)
	VMOVDQU X2, 32(DX)
	VMOVDQU X3, 48(DX)
	VMOVDQU X4, 64(DX)
	VMOVDQU X5, 80(DX)
	VMOVDQU X6, 96(DX)
	VZEROUPPER
	RET

#define BLOCKS5(op, key) \
	op key, X0, X0 \
	op key, X1, X1 \
	op key, X2, X2 \
	op key, X3, X3 \
	op key, X4, X4

// func chainFive(v *vectorCiphers, iv *[16]byte, data *byte)
//
// AES-256-CBC of five blocks, in place.
TEXT ·chainFive(SB), NOSPLIT, $0-24
	MOVQ v+0(FP), DI
	MOVQ iv+8(FP), SI
	MOVQ data+16(FP), DX

	VMOVDQU ENC(14), X15
	VPXOR 0(DX), X15, X0
	VPXOR 16(DX), X15, X1
	VPXOR 32(DX), X15, X2
	VPXOR 48(DX), X15, X3
	VPXOR 64(DX), X15, X4

	BLOCKS5(VAESDEC, DEC(1))
	BLOCKS5(VAESDEC, DEC(2))
	BLOCKS5(VAESDEC, DEC(3))
	BLOCKS5(VAESDEC, DEC(4))
	BLOCKS5(VAESDEC, DEC(5))
	BLOCKS5(VAESDEC, DEC(6))
	BLOCKS5(VAESDEC, DEC(7))
	BLOCKS5(VAESDEC, DEC(8))
	BLOCKS5(VAESDEC, DEC(9))
	BLOCKS5(VAESDEC, DEC(10))
	BLOCKS5(VAESDEC, DEC(11))
	BLOCKS5(VAESDEC, DEC(12))
	BLOCKS5(VAESDEC, DEC(13))
	BLOCKS5(VAESDECLAST, ENC(0))

	VPXOR (SI), X0, X0
	VPXOR 0(DX), X1, X1
	VPXOR 16(DX), X2, X2
	VPXOR 32(DX), X3, X3
	VPXOR 48(DX), X4, X4
	VMOVDQU X0, 0(DX)
	VMOVDQU X1, 16(DX)
	VMOVDQU X2, 32(DX)
	VMOVDQU X3, 48(DX)
	VMOVDQU X4, 64(DX)
	VZEROUPPER
	RET
