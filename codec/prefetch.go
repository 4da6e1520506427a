package codec

// farKeys is the number of slots from which on a table's keys don't all stay in the caches that are
// next to a processor's core: there, half a kilobyte is read of each.
const farKeys = 2048

// PrefetchMaster asks the memory for the master key of a token that is about to be parsed, if there
// are so many keys that it is hardly in a cache: it comes while the text is decoded. It changes
// nothing but the time that this takes.
func PrefetchMaster[T ~string | ~[]byte](text T, keys *KeyTable) {
	if keys == nil || len(keys.ids) < farKeys {
		return
	}
	version, id, ok := masterOf(text)
	if !ok {
		return
	}
	if slot := keys.slot(id); slot >= 0 {
		keys.slots.prefetch(slot, version)
	}
}

// masterOf reads the version and the id of the master key from the first eight characters of a
// token. The rest may be anything.
func masterOf[T ~string | ~[]byte](text T) (version Version, id uint32, ok bool) {
	if len(text) < 2*headText {
		return 0, 0, false
	}
	head, more := four(text[:headText]), four(text[headText:2*headText])
	if version = versionOf(byte(head>>16), byte(head>>8)); head|more < 0 || version == 0 {
		return 0, 0, false
	}
	six := uint64(head)<<24 | uint64(more) // bytes
	if version == V2 {
		return V2, uint32(six >> 8), true
	}
	return version, uint32(six), true
}
