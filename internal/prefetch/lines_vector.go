//go:build (amd64 || arm64) && !purego

package prefetch

//go:generate env GOWORK=off go -C ../asm run .

// Lines asks for n lines from p on, at least one. It may be any address: what isn't there isn't
// read. internal/asm generates it.
//
//go:noescape
func Lines(p *byte, n int)
