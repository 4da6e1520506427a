//go:build !purego

package strictjson

import "golang.org/x/sys/cpu"

var hasVectors = cpu.X86.HasAVX2
