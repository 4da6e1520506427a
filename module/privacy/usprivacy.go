package privacy

// optedOutOfSale reads a US privacy string: version 1, then notice, opt-out of sale, and the limited service provider
// agreement, each Y, N or - for not applicable, in either case. An empty string is no signal; one that can't be read is an opt-out.
func optedOutOfSale(text string) bool {
	if text == "" {
		return false
	}
	if len(text) != 4 || text[0] != '1' {
		return true
	}
	for _, answer := range []byte(text[1:]) {
		switch answer | 0x20 {
		case 'y', 'n', '-':
		default:
			return true
		}
	}
	return text[2]|0x20 == 'y'
}
