//go:build (!amd64 && !arm64) || purego

package codec

// prefetch does nothing: the standard library's ciphers are behind pointers, which only reading
// would follow.
func (s *cipherSlots) prefetch(int, Version) {}
