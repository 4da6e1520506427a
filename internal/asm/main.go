// Command asm writes the assembly of this repository, with avo.
//
//	go generate ./codec ./internal/prefetch ./internal/strictjson ./optout
//		writes it all
//	cd internal/asm && GOWORK=off go run . -check
//		reports whether what is there is what would be written
//	cd internal/asm && GOWORK=off go run . -count
//		prints how many instructions a token takes
//
// It is a module of its own, so that nobody who imports the packages sees avo. What the assembly is
// for, and what holds it, is said beside its Go declarations; the ciphers' in
// codec/ciphers_vector.go. The numbers of blocks that those take are the lists in sizes.go.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", "../..", "`directory` of the repository")
	check := flag.Bool("check", false, "write nothing; fail if a file isn't current")
	count := flag.Bool("count", false, "write nothing; print the table of docs/benchmarks.md that counts instructions")
	flag.Parse()
	do := func() error { return run(*root, *check) }
	if *count {
		do = func() error { return printCounts(*root) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "asm:", err)
		os.Exit(1)
	}
}

func printCounts(root string) error {
	files, err := generate(root, ofTokens)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(countAll(files).table())
	return err
}

func run(root string, check bool) error {
	files, err := generate(root, ofTokens)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(root, f.path)
		if !check {
			if err := os.WriteFile(path, f.text, 0o644); err != nil {
				return err
			}
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(text, f.text) {
			return fmt.Errorf("%s isn't current: go generate ./%s", f.path, filepath.Dir(f.path))
		}
	}
	return nil
}

// file is a generated one, by its path in the repository.
type file struct {
	path string
	text []byte
}

// generate returns all files for the repository at root.
func generate(root string, s sizes) ([]file, error) {
	var all []file
	for _, write := range []func(string) ([]file, error){
		s.ciphers, s.ciphersNEON, base64, base64NEON, marks, marksNEON, nested, match, prefetch, prefetchNEON,
	} {
		files, err := write(root)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}
