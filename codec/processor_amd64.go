//go:build !purego

package codec

import "golang.org/x/sys/cpu"

var (
	hasVectors   = cpu.X86.HasAVX2
	hasVectorAES = hasVectors && cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ && !inFIPSMode()
	hasWideAES   = hasVectorAES && featuresOfLeaf7()&wideFeatures == wideFeatures // two blocks at a time
)

// wideFeatures are the bits of VAES and VPCLMULQDQ. Package cpu reports them only together with
// AVX-512, which nothing here needs: the code has the encoding of AVX2, whose flag says already
// that the system keeps the registers. Many processors have these two and no AVX-512.
const wideFeatures = 1<<9 | 1<<10

// featuresOfLeaf7 returns what CPUID says in ECX for leaf 7, subleaf 0. The processor must have
// that leaf, as all with AVX2 do.
//
//go:noescape
func featuresOfLeaf7() uint32
