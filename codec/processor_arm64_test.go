//go:build !purego

package codec

// onEachVectorPath calls f with the one way that there is.
func onEachVectorPath(f func()) { f() }

// vectorPaths says which way onEachVectorPath takes.
func vectorPaths() string { return "the instructions of arm64" }
