// Command uid2 does in a shell what the packages of this module do in Go: it decrypts and encrypts
// tokens, generates and refreshes them, maps emails and phones to raw UIDs, asks who has opted out,
// and runs a local operator to try all of it. It annotates bid requests: as lines, and as a sidecar
// of bidders in other languages.
//
//	uid2 help
//	uid2 decrypt -keys keys.json <tokens.txt
//	uid2 operator >operator.env
//
// Each command is in a file of its own, as a function that returns a cli.Command. What they share
// is in app.go (streams, clock), credentials.go, keysource.go, lines.go (batches of lines, in
// order, on all cores) and exit.go.
package main
