package codec

// DecodeSlack and Decode give tests the base64 decoder without the length checks that the package
// puts before it.
const DecodeSlack = decodeSlack

func Decode[T ~string | ~[]byte](dst []byte, text T) (int, bool) { return decode(dst, text) }

// AppendSealWithIVs is AppendSeal with chosen IVs, to reproduce golden tokens. Outside of tests,
// IVs can't be chosen.
func AppendSealWithIVs(dst []byte, v Version, f *Fields, master, site *Key, inner, outer []byte) ([]byte, error) {
	var ivs sealIVs
	copy(ivs.inner[:], inner)
	copy(ivs.outer[:], outer)
	return appendSeal(dst, v, f, master, site, &ivs)
}

// DecodePlain is the decoder that is used on processors without vector instructions.
func DecodePlain(dst []byte, text string) (int, bool) {
	text = unpad(text)
	size := len(text)/4*3 + max(len(text)%4-1, 0)
	if len(text)%4 == 1 || len(dst) < size+decodeSlack {
		return 0, false
	}
	return size, decodePlain(dst[:size+decodeSlack], text)
}

// MasterOf is what PrefetchMaster asks for.
func MasterOf(text string) (version Version, id uint32, ok bool) { return masterOf(text) }
