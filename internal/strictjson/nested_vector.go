//go:build (amd64 || arm64) && !purego

package strictjson

// vectorNested passes blocks inside of objects and arrays, of which so many are open, as
// endOfNested does, up to the end, when none is left open, or one with a backslash, one where the
// nesting may become too deep, or one that isn't whole. internal/asm generates it.
//
//go:noescape
func vectorNested(data *byte, length, depth, open int, inString uint64) (passed, left int, inside uint64)

// passNested passes some of the blocks of endOfNested at once, or none. It returns where the next
// one is or, if none is left open, the end.
func passNested(data []byte, at, depth, open int, inString uint64) (next, left int, inside uint64) {
	if !hasVectorNested || len(data)-at < blockSize {
		return at, open, inString
	}
	passed, left, inside := vectorNested(&data[at], len(data)-at, depth, open, inString)
	return at + passed, left, inside
}
