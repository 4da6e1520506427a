package main

import (
	"path/filepath"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The registers of the functions on ciphers. They are physical ones, as these functions need all
// that there are. Blocks are in X0, or two each in Y0, and upwards.
var (
	keyRegister  = reg.RDI
	ivRegister   = reg.RSI
	dataRegister = reg.RDX
	sizeRegister = reg.RCX
	maskRegister = reg.RAX // points to what stays of the last block

	low, middle, high = reg.X10, reg.X11, reg.X12 // the sum of products that is the hash
	hashed            = reg.X13
	product           = reg.X14
	last              = reg.X15
)

// cipherFile is the assembly of the ciphers.
type cipherFile struct {
	*assembly
	layout layout

	swapped  operand.Mem // the order of a block's bytes
	poly     operand.Mem
	window   operand.Mem // 16 bytes that stay and 16 that don't: a part is the last block's mask
	counters operand.Mem
}

// ciphers writes the ciphers of package codec.
func (s sizes) ciphers(root string) ([]file, error) {
	declarations, err := s.declarations(true)
	if err != nil {
		return nil, err
	}
	a, err := newAssembly(filepath.Join(root, "codec"), map[string][]byte{sizesName("amd64"): declarations}, "purego")
	if err != nil {
		return nil, err
	}
	f := &cipherFile{assembly: a, layout: s.layout(a.pkg)}
	f.constants()
	f.featuresOfLeaf7()
	f.expand()
	for _, blocks := range s.GCM {
		f.open(blocks)
		f.openWide(blocks)
	}
	for _, blocks := range s.CBC {
		f.chain(blocks)
	}
	files, err := f.file("codec/ciphers_amd64.s")
	return append(files, file{"codec/" + sizesName("amd64"), declarations}), err
}

func (f *cipherFile) constants() {
	f.swapped = f.constant("swapped", 0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607)
	f.poly = f.constant("poly", 1, 0xc2<<56)
	f.window = f.constant("window", ^uint64(0), ^uint64(0), 0, 0)
	f.counters = f.constant("counters", f.layout.counters()...)
}

// of returns where something of the vectorCiphers is that keyRegister points to.
func (f *cipherFile) of(at int) operand.Mem { return operand.Mem{Base: keyRegister, Disp: at} }

func (f *cipherFile) encryption(round int) operand.Mem { return f.of(f.layout.encryption(round)) }
func (f *cipherFile) decryption(round int) operand.Mem { return f.of(f.layout.decryption(round)) }
func (f *cipherFile) power(i int) operand.Mem          { return f.of(f.layout.power(i)) }

// block returns where a block of the data is.
func (f *cipherFile) block(i int) operand.Mem {
	return operand.Mem{Base: dataRegister, Disp: blockSize * i}
}

// featuresOfLeaf7 asks the processor.
func (f *cipherFile) featuresOfLeaf7() {
	f.implement("featuresOfLeaf7")
	f.MOVL(operand.U32(7), reg.EAX)
	f.XORL(reg.ECX, reg.ECX)
	f.CPUID()
	f.MOVL(reg.ECX, f.result())
	f.RET()
}
