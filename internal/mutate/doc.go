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
// Operators (comparisons, arithmetic, bits, && and ||, ++, min and max), conditions (negated, or
// one side left out), numbers by one, characters by one, strings emptied or filled, true and false,
// errors returned as nil, break and continue; and left out are statements, early returns, one of
// several variables assigned together, values and bodies of cases, fields of composite literals.
// Only files that a plain build has are changed, so none of another architecture or tag, no test,
// no generated one. A change that doesn't compile is none.
//
// # How
//
// A change is laid over the working tree with the go command's -overlay; the tree itself stays as
// it is. The tests run in the package's directory. They notice a change if they fail, crash, or
// take several times as long as without it.
//
// Tests can be chosen with -run and -skip, which mean what they mean to go test, for all packages
// that judge. A change that the rest would notice is unnoticed then, so that the percentage is a
// lower bound, and nothing is asked of it.
//
// # What may stay unnoticed
//
// A change of text in an error, a log line or a String method is reported as "wording". Other
// changes that no test can notice, or none should, stand in the package's testdata/unnoticed.txt,
// each with a reason:
//
//	least 97
//
//	judge.go apart: if until [[<= => <]] from {
//		equal in effect: 0 either way
//
// The first line is the percentage of changes that must be noticed when all are tried; a reason
// starts with "equal in effect", "wording" or "speed". A change has no line number there, but the
// file, the function and the line of code, with what is changed in brackets. A second one that
// reads the same is marked #2. Listed changes count as unnoticed; one that doesn't exist any more,
// or is noticed after all, is an error.
package main
