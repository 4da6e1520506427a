package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	avo "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/buildtags"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// assembly is a file that is being written. Its functions are those that the package declares.
type assembly struct {
	*avo.Context
	pkg *types.Package
}

// newAssembly begins a file for the package in dir, with Go files that are about to be written
// instead of those there. without are the build tags that the file isn't for.
func newAssembly(dir string, instead map[string][]byte, without ...string) (*assembly, error) {
	pkg, err := declarations("amd64", dir, instead)
	if err != nil {
		return nil, err
	}
	a := &assembly{avo.NewContext(), pkg}
	for _, tag := range without {
		a.Constraint(buildtags.Not(tag))
	}
	return a, nil
}

// declarations returns the package in dir, for an architecture, as far as it can be known without what it imports, which
// no signature here needs.
func declarations(arch, dir string, instead map[string][]byte) (*types.Package, error) {
	context := build.Default
	context.GOARCH = arch
	sources, err := context.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	set, parsed := token.NewFileSet(), []*ast.File(nil)
	texts := map[string][]byte{}
	maps.Copy(texts, instead)
	for _, name := range sources.GoFiles {
		if _, replaced := instead[name]; replaced {
			continue
		}
		if texts[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	for name, text := range texts {
		f, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	config := types.Config{IgnoreFuncBodies: true, Sizes: types.SizesFor("gc", arch), Error: func(error) {}}
	pkg, _ := config.Check(sources.Name, set, parsed, nil)
	return pkg, nil
}

// implement begins a function that the package declares.
func (a *assembly) implement(name string) {
	signature, err := gotypes.LookupSignature(a.pkg, name)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	a.Function(name)
	a.Signature(signature)
	a.Attributes(attr.NOSPLIT)
}

// load loads a parameter that is a pointer or an integer and returns where it points to.
func (a *assembly) load(name string, to reg.GPPhysical) operand.Mem {
	return operand.Mem{Base: a.Load(a.Param(name), to)}
}

// result returns where the result, or a field of it, goes.
func (a *assembly) result(fields ...string) operand.Mem {
	r := a.ReturnIndex(0)
	for _, f := range fields {
		r = r.Field(f)
	}
	basic, err := r.Resolve()
	if err != nil {
		panic(err)
	}
	return basic.Addr
}

// constant defines a constant of words of 8 bytes and returns where it is.
func (a *assembly) constant(name string, words ...uint64) operand.Mem {
	where := a.StaticGlobal(name)
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, w := range words {
		a.AppendDatum(operand.U64(w))
	}
	return where
}

// file returns the finished file, alone. It doesn't say what the processor must have: avo thinks that
// the instructions on two blocks need AVX-512, whose encoding the Go assembler uses only where it
// must.
func (a *assembly) file(path string) ([]file, error) {
	f, err := a.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return nil, err
	}
	for _, function := range f.Functions() {
		function.ISA = nil
	}
	text, err := printer.NewGoAsm(printer.Config{Name: "internal/asm"}).Print(f)
	return []file{{path, text}}, err
}
