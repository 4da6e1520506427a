// Command sitecheck looks at the built site of the docs: links lead to pages and headings that are
// there, and no page asks for anything from another host.
//
//	go run ./internal/sitecheck -base /uid2rtb/ docs/.vitepress/dist
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	base := flag.String("base", "/", "the `PATH` at which the site is")
	flag.Parse()
	s, err := read(flag.Arg(0), *base)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	faults := s.faults()
	for _, fault := range faults {
		fmt.Println(fault)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
	fmt.Println(len(s.pages), "pages in order")
}
