package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// pkg is a package to be changed: its files in a plain build.
type pkg struct {
	place
	fset  *token.FileSet
	files []*file
	info  *types.Info
	conf  types.Config
}

type file struct {
	name    string // without directory
	path    string
	content []byte
	syntax  *ast.File
	outline *ast.File // without function bodies
}

// listed is the output of "go list" for a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

func goList(args ...string) ([]byte, error) {
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %s", bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// load reads and checks a package. What it imports comes from the build cache.
func load(pattern string) (*pkg, error) {
	out, err := goList("-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", pattern)
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string)
	var last listed // "go list -deps" puts the package after what it imports
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		last = listed{}
		if err := decoder.Decode(&last); err != nil {
			return nil, err
		}
		exports[last.ImportPath] = last.Export
	}
	p := newPkg(place{last.ImportPath, last.Dir}, func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, name := range last.GoFiles {
		content, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return nil, err
		}
		if err := p.addFile(name, content); err != nil {
			return nil, err
		}
	}
	return p, p.check(p.info)
}

// newPkg returns a package without files. lookup finds the compiled form of its imports.
func newPkg(at place, lookup importer.Lookup) *pkg {
	fset := token.NewFileSet()
	return &pkg{
		place: at,
		fset:  fset,
		info: &types.Info{
			Types: make(map[ast.Expr]types.TypeAndValue),
			Uses:  make(map[*ast.Ident]types.Object),
			Defs:  make(map[*ast.Ident]types.Object),
		},
		conf: types.Config{
			Importer: importer.ForCompiler(fset, "gc", lookup),
			Sizes:    types.SizesFor("gc", runtime.GOARCH),
		},
	}
}

func (p *pkg) addFile(name string, content []byte) error {
	f := &file{name: name, path: filepath.Join(p.dir, name), content: content}
	p.files = append(p.files, f)
	var err error
	if f.syntax, err = p.parse(f.path, content); err != nil {
		return err
	}
	f.outline, err = p.parse(f.path, content)
	if err != nil {
		return err
	}
	for _, declared := range f.outline.Decls {
		if function, ok := declared.(*ast.FuncDecl); ok {
			function.Body = nil
		}
	}
	return nil
}

// has returns an error for names of files that the package doesn't have.
func (p *pkg) has(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(p.files, func(f *file) bool { return f.name == name }) {
			return fmt.Errorf("there is no file %s", name)
		}
	}
	return nil
}

func (p *pkg) parse(name string, content []byte) (*ast.File, error) {
	return parser.ParseFile(p.fset, name, content, parser.SkipObjectResolution|parser.ParseComments)
}

// check type-checks the package.
func (p *pkg) check(info *types.Info) error {
	var syntax []*ast.File
	for _, f := range p.files {
		syntax = append(syntax, f.syntax)
	}
	_, err := p.conf.Check(p.path, p.fset, syntax, info)
	return err
}

// compiles reports whether a file still compiles with this content. Function bodies in other files
// aren't checked, as that would take most of the time: if they don't compile with a change, the
// tests can't be built.
func (p *pkg) compiles(f *file, content []byte) bool {
	syntax, err := p.parse(f.path, content)
	if err != nil {
		return false
	}
	files := []*ast.File{syntax}
	for _, other := range p.files {
		if other != f {
			files = append(files, other.outline)
		}
	}
	right, conf := true, p.conf
	conf.Error = func(err error) {
		if wrong := new(types.Error); !errors.As(err, wrong) || p.fset.Position(wrong.Pos).Filename == f.path {
			right = false
		}
	}
	_, _ = conf.Check(p.path, p.fset, files, nil) // conf.Error receives what is wrong
	return right
}

// place is the location of a package.
type place struct {
	path string // import path
	dir  string
}

// locate lists the packages that patterns name.
func locate(patterns ...string) ([]place, error) {
	out, err := goList(append([]string{"-f", "{{.ImportPath}}\t{{.Dir}}"}, patterns...)...)
	var places []place
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		places = append(places, place{path, dir})
	}
	return places, err
}

// withLists lists the packages of this module that have a list of unnoticed changes.
func withLists() ([]string, error) {
	places, err := locate("./...")
	var paths []string
	for _, p := range places {
		if _, err := os.Stat(filepath.Join(p.dir, knownFile)); err == nil {
			paths = append(paths, p.path)
		}
	}
	return paths, err
}
