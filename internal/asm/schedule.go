package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// expand writes the key schedules, as FIPS 197 has them, the one for decryption for the equivalent
// inverse cipher. Then the powers of the hash key.
func (f *cipherFile) expand() {
	f.implement("expand")
	f.load("v", keyRegister)
	secret := f.load("secret", ivRegister)

	even, odd := reg.X0, reg.X1
	f.VMOVDQU(secret, even)
	f.VMOVDQU(even, f.encryption(0))
	f.VMOVDQU(secret.Offset(blockSize), odd)
	f.VMOVDQU(odd, f.encryption(1))
	for i := 2; i <= rounds; i += 2 {
		f.expandRound(i, even, odd, 1<<(i/2-1), 0xff)
		if i < rounds {
			f.expandRound(i+1, odd, even, 0, 0xaa)
		}
	}
	for round := 1; round < rounds; round++ {
		f.VAESIMC(f.encryption(rounds-round), reg.X2)
		f.VMOVDQU(reg.X2, f.decryption(round))
	}
	f.hashKey()
	f.hashPowers()
	f.VZEROUPPER()
	f.RET()
}

// expandRound makes the key of a round from the two before it: the sums of the words of one so far,
// and a word of the other, substituted.
func (f *cipherFile) expandRound(round int, from, other reg.VecPhysical, constant, word uint8) {
	substituted, shifted := reg.X2, reg.X3
	f.VAESKEYGENASSIST(operand.U8(constant), other, substituted)
	f.VPSHUFD(operand.U8(word), substituted, substituted)
	f.VPSLLDQ(operand.U8(4), from, shifted)
	f.VPXOR(shifted, from, from)
	for range 2 {
		f.VPSLLDQ(operand.U8(4), shifted, shifted)
		f.VPXOR(shifted, from, from)
	}
	f.VPXOR(substituted, from, from)
	f.VMOVDQU(from, f.encryption(round))
}

// hashKey writes the first power: a block of zeros, encrypted, and times x, which makes up for the
// product of two reflected polynomials being one bit short.
func (f *cipherFile) hashKey() {
	h, carry, shifted := reg.X0, reg.X2, reg.X3
	f.Comment("The hash key is a block of zeros, encrypted.")
	f.VMOVDQU(f.encryption(0), h)
	for round := 1; round < rounds; round++ {
		f.VAESENC(f.encryption(round), h, h)
	}
	f.VAESENCLAST(f.encryption(rounds), h, h)
	f.VPSHUFB(f.swapped, h, h)

	f.Comment("Times x.")
	f.VMOVDQU(f.poly, last)
	f.VPSHUFD(operand.U8(0xff), h, carry)
	f.VPSRAD(operand.U8(31), carry, carry)
	f.VPAND(last, carry, carry)
	f.VPSRLD(operand.U8(31), h, shifted)
	f.VPSLLDQ(operand.U8(4), shifted, shifted)
	f.VPSLLD(operand.U8(1), h, h)
	f.VPXOR(carry, h, h)
	f.VPXOR(shifted, h, h)
	f.VMOVDQU(h, f.power(1))
	f.VMOVDQU(h, hashed)
}

// hashPowers writes the other powers. From the third on each is the square and the power two before
// it, so that two at a time are on their way.
func (f *cipherFile) hashPowers() {
	for i := 2; i <= f.layout.powers; i++ {
		f.times(f.power(max(i-2, 1)), true)
		f.reduce(last)
		f.VMOVDQU(low, f.power(i))
		if i == 2 {
			f.VMOVDQU(low, hashed)
		}
	}
}
