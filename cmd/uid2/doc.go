// Command uid2 does from a shell what the packages of this module do from Go: decrypt and encrypt tokens, generate and
// refresh them, map emails and phones to raw UIDs, ask who has opted out, and run a local operator to try it all with.
//
//	uid2 help
//	uid2 decrypt -keys keys.json <tokens.txt
//	uid2 operator >operator.env
//
// Each command is in a file of its own name, each of them a function that returns a cli.Command. What they share is in
// app.go (streams, clock), credentials.go, keysource.go, lines.go (batches of lines, in order, on all cores) and exit.go.
package main
