// Command mutate changes a package's code in small ways, one at a time, and says which changes its
// tests don't notice.
//
//	go run ./internal/mutate ./bidstream
//		every change, judged by the package's own tests
//	go run ./internal/mutate -tests ./module ./module/privacy
//		./module's tests too, where the package's own notice nothing
//	go run ./internal/mutate -sample 150 -seed 7 ./keyset
//		a random part
//	go run ./internal/mutate -match 'judge.go lifetime' ./bidstream
//		the changes whose names match
//	go run ./internal/mutate -files cell.go,entry.go -skip 'Fleet|Stream' ./optout
//		of two files, judged without the tests that take long
//	go run ./internal/mutate -files place.go -run 'TestAway|TestStream' ./optout
//		of one, judged by the tests that concern it only
//	go run ./internal/mutate -json report.json ./bidstream
//		a report for programs
//	go run ./internal/mutate -again report.json ./bidstream
//		what that report has as unnoticed, once more
//	go run ./internal/mutate
//		every package with a testdata/unnoticed.txt, as a weekly workflow does
//
// # What is changed
//
// Operators (comparisons, arithmetic, bits, && and
//
// , ++, min and max), conditions (negated, or one side omitted), numbers by one, characters by one,
// strings emptied or filled, true and false, errors returned as nil, break and continue. Omitted
// are statements, early returns, one of several variables assigned together, values and bodies of
// cases, and fields of composite literals. Only files of a plain build are changed: none for
// another architecture or tag, no tests, no generated files. A change that doesn't compile isn't
// counted.
//
// # How
//
// A change is overlaid on the working tree with the go command's -overlay; the tree itself isn't
// modified. The tests run in the package's directory. They notice a change if they fail, crash, or
// take several times as long as without it.
//
// Tests can be selected with -run and -skip, as with go test, in all packages that judge. A change
// that only other tests would notice then counts as unnoticed, so the percentage is a lower bound,
// and isn't checked.
//
// # What may stay unnoticed
//
// A change of text in an error, a log line or a String method is reported as "wording". Other
// changes that tests can't or shouldn't notice are listed in the package's testdata/unnoticed.txt,
// each with a reason:
//
//	least 97
//
//	judge.go apart: if until [[<= => <]] from {
//		equal in effect: 0 either way
//
// The first line is the percentage of changes that must be noticed when all are tried; a reason
// starts with "equal in effect", "wording" or "speed". A change is identified not by a line number,
// but by the file, the function and the line of code, with the change in brackets. A second change
// that reads the same is marked #2. Listed changes count as unnoticed; a listed change that doesn't
// exist any more, or is noticed after all, is an error.
package main
