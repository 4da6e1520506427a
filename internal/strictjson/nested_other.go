//go:build (!amd64 && !arm64) || purego

package strictjson

func passNested(_ []byte, at, _, open int, inString uint64) (next, left int, inside uint64) {
	return at, open, inString
}
