//go:build !purego && !race

package optout

//go:generate env GOWORK=off go -C ../internal/asm run .

// match is plainMatch with vector instructions that every processor of this kind has. It is fuzzed
// against it. The race detector, which doesn't see what it reads, has the plain way. internal/asm
// generates it.
//
// Others may write to the bucket: each hash is aligned, so that it comes as it was or as it will be.
// The line of the times is asked for at once, so that it has come, too, when somebody has opted out.
//
//go:noescape
func match(hashes *[bucketSize]uint64, seconds *[bucketSize]uint32, hash uint64) (slots uint32)
