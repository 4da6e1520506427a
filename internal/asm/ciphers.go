package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"go/format"
	"path/filepath"
	"text/template"

	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// declared is package codec's sizes_amd64.go: what is declared for each number of blocks, and the
// choice between them.
//
//go:embed sizes_amd64.go.tmpl
var declared string

const (
	sizesName = "sizes_amd64.go"
	rounds    = 14 // of AES-256
	blockSize = 16
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
	powers int

	swapped  operand.Mem // the order of a block's bytes
	poly     operand.Mem
	window   operand.Mem // 16 bytes that stay and 16 that don't: a part is the last block's mask
	counters operand.Mem // from 1, each behind 12 bytes for the IV
}

// ciphers writes the ciphers of package codec.
func (s sizes) ciphers(root string) ([]file, error) {
	declarations, err := s.declarations()
	if err != nil {
		return nil, err
	}
	a, err := newAssembly(filepath.Join(root, "codec"), map[string][]byte{sizesName: declarations}, "purego")
	if err != nil {
		return nil, err
	}
	f := &cipherFile{assembly: a, powers: s.Powers()}
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
	return append(files, file{"codec/" + sizesName, declarations}), err
}

func (s sizes) declarations() ([]byte, error) {
	t, err := template.New("").Parse(declared)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

func (f *cipherFile) constants() {
	f.swapped = f.constant("swapped", 0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607)
	f.poly = f.constant("poly", 1, 0xc2<<56)
	f.window = f.constant("window", ^uint64(0), ^uint64(0), 0, 0)
	var counters []uint64
	for i := range (f.powers + 1) &^ 1 { // one more than there are blocks, and a pair of each two
		counter := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(i+1))
		counters = append(counters, 0, binary.LittleEndian.Uint64(counter))
	}
	f.counters = f.constant("counters", counters...)
}

// part returns where a block of the vectorCiphers is that keyRegister points to.
func (f *cipherFile) part(name string, i int) operand.Mem {
	ciphers := f.pkg.Scope().Lookup("vectorCiphers").Type()
	at, err := gotypes.NewComponent(ciphers, operand.Mem{Base: keyRegister}).Field(name).Index(i).Index(0).Resolve()
	if err != nil {
		panic(err)
	}
	return at.Addr
}

// encryption, decryption and power return where the keys of a round and a power of the hash key are.
func (f *cipherFile) encryption(round int) operand.Mem { return f.part("encryption", round) }

func (f *cipherFile) decryption(round int) operand.Mem {
	if round == rounds {
		return f.encryption(0)
	}
	return f.part("decryption", round-1)
}

func (f *cipherFile) power(i int) operand.Mem { return f.part("powers", f.powers-i) }

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
