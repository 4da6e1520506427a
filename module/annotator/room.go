package annotator

// room is how much stack the reading and decrypting of tokens takes. It is a power of two.
const room = 4 << 10

// makeRoom lets the goroutine's stack grow at once to what a token takes. Prebid Server starts a goroutine for each hook, and its
// small stack would otherwise grow in the depth of the work, where there are many more frames to be moved. The parameter keeps
// the compiler from leaving the frame out.
//
//go:noinline
func makeRoom(n int) byte {
	var frame [room]byte
	return frame[n&(room-1)]
}
