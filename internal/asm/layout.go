package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"go/format"
	"go/types"
	"text/template"

	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
)

const (
	rounds    = 14 // of AES-256
	blockSize = 16
)

// declared is package codec's sizes_amd64.go and sizes_arm64.go: what is declared for each number of
// blocks, and the choice between them.
//
//go:embed sizes.go.tmpl
var declared string

// sizesName is the name of the file that has it for an architecture.
func sizesName(arch string) string { return fmt.Sprintf("sizes_%s.go", arch) }

// declarations writes it. wide says whether there are functions that take two blocks to a register.
func (s sizes) declarations(wide bool) ([]byte, error) {
	t, err := template.New("").Parse(declared)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, struct {
		sizes
		Wide bool
	}{s, wide}); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

// layout says where things are in package codec's vectorCiphers.
type layout struct {
	ciphers types.Type
	powers  int
}

func (s sizes) layout(pkg *types.Package) layout {
	return layout{pkg.Scope().Lookup("vectorCiphers").Type(), s.Powers()}
}

func (l layout) part(name string, i int) (at int) {
	part, err := gotypes.NewComponent(l.ciphers, operand.Mem{}).Field(name).Index(i).Index(0).Resolve()
	if err != nil {
		panic(err)
	}
	return part.Addr.Disp
}

// encryption, decryption and power return where the keys of a round and a power of the hash key are.
func (l layout) encryption(round int) int { return l.part("encryption", round) }

func (l layout) decryption(round int) int {
	switch round {
	case 0, rounds:
		return l.encryption(rounds - round)
	}
	return l.part("decryption", round-1)
}

func (l layout) power(i int) int { return l.part("powers", l.powers-i) }

// opening returns the offsets of the lines of the cache that opening with GCM reads, but for the
// first, which is read at once.
func (l layout) opening() (lines []int) {
	const line = 64
	for at := line; at < l.part("decryption", 0); at += line {
		lines = append(lines, at)
	}
	return lines
}

// counters returns the counters from 1, each behind 12 bytes for the IV: one more than there are
// blocks, and a pair of each two.
func (l layout) counters() (words []uint64) {
	for i := range (l.powers + 1) &^ 1 {
		counter := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(i+1))
		words = append(words, 0, binary.LittleEndian.Uint64(counter))
	}
	return words
}

// interleave writes all rounds, and between them the steps: after each stride rounds one, or so many
// that all have their turn.
func interleave(steps []func(), stride int, round func(int)) {
	places := (rounds-2)/stride + 1
	each := (len(steps) + places - 1) / places
	for i := 1; i <= rounds; i++ {
		round(i)
		if (i-1)%stride != 0 {
			continue
		}
		now := min(each, len(steps))
		for _, step := range steps[:now] {
			step()
		}
		steps = steps[now:]
	}
}
