package optout

import "sync/atomic"

// plainMatch tells in which slots of a bucket a hash is: slot i is bit i. Others may write to the bucket meanwhile.
func plainMatch(hashes *[bucketSize]uint64, hash uint64) (slots uint32) {
	for i := range hashes {
		if atomic.LoadUint64(&hashes[i]) == hash {
			slots |= 1 << i
		}
	}
	return slots
}
