package optout

import "sync/atomic"

// plainMatch returns the slots of a bucket that hold a hash: bit i is slot i. Others may write to
// the bucket at the same time.
func plainMatch(hashes *[bucketSize]uint64, hash uint64) (slots uint32) {
	for i := range hashes {
		if atomic.LoadUint64(&hashes[i]) == hash {
			slots |= 1 << i
		}
	}
	return slots
}
