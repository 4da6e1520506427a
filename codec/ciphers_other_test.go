//go:build (!amd64 && !arm64) || purego

package codec

// onEachPath calls f with each way that there is of opening tokens.
func onEachPath(f func()) { f() }

func usesVectors() bool { return false }

// paths says which ways onEachPath takes.
func paths() string { return "the standard library" }
