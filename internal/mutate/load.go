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
	"strings"
)

// pkg is a package to be changed: its files as a plain build has them.
type pkg struct {
	path  string // as imported
	dir   string
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
}

// listed is what "go list" says of a package.
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
	var last listed // "go list -deps" puts the package behind what it imports
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		last = listed{}
		if err := decoder.Decode(&last); err != nil {
			return nil, err
		}
		exports[last.ImportPath] = last.Export
	}
	p := &pkg{path: last.ImportPath, dir: last.Dir, fset: token.NewFileSet()}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	p.conf = types.Config{
		Importer: importer.ForCompiler(p.fset, "gc", lookup),
		Sizes:    types.SizesFor("gc", runtime.GOARCH),
	}
	for _, name := range last.GoFiles {
		f := &file{name: name, path: filepath.Join(p.dir, name)}
		if f.content, err = os.ReadFile(f.path); err != nil {
			return nil, err
		}
		if f.syntax, err = p.parse(f.path, f.content); err != nil {
			return nil, err
		}
		p.files = append(p.files, f)
	}
	p.info = &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue),
		Uses:  make(map[*ast.Ident]types.Object),
		Defs:  make(map[*ast.Ident]types.Object),
	}
	return p, p.check(nil, nil, p.info)
}

func (p *pkg) parse(name string, content []byte) (*ast.File, error) {
	return parser.ParseFile(p.fset, name, content, parser.SkipObjectResolution|parser.ParseComments)
}

// check type-checks the package, with one file replaced.
func (p *pkg) check(old *file, replacement *ast.File, info *types.Info) error {
	var syntax []*ast.File
	for _, f := range p.files {
		if f == old {
			syntax = append(syntax, replacement)
		} else {
			syntax = append(syntax, f.syntax)
		}
	}
	_, err := p.conf.Check(p.path, p.fset, syntax, info)
	return err
}

// compiles reports whether the package is still one with this content of a file.
func (p *pkg) compiles(f *file, content []byte) bool {
	syntax, err := p.parse(f.path, content)
	return err == nil && p.check(f, syntax, nil) == nil
}

// choosePackages lists the packages that the patterns name: without any, those with a list of unnoticed changes.
func choosePackages(patterns []string) ([]string, error) {
	listedOnly := len(patterns) == 0
	if listedOnly {
		patterns = []string{"./..."}
	}
	out, err := goList(append([]string{"-f", "{{.ImportPath}}\t{{.Dir}}"}, patterns...)...)
	if err != nil {
		return nil, err
	}
	var paths []string
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if _, err := os.Stat(filepath.Join(dir, knownFile)); listedOnly && err != nil {
			continue
		}
		paths = append(paths, path)
	}
	return paths, nil
}
