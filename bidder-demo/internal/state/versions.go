package state

import (
	"runtime/debug"
	"sync"
)

// versions are those of what is in this program.
var versions = sync.OnceValue(func() map[string]string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return map[string]string{}
	}
	all := map[string]string{"Go": info.GoVersion, "uid2rtb": info.Main.Version}
	for _, dependency := range info.Deps {
		if dependency.Path == "github.com/prebid/prebid-server/v3" {
			all["Prebid Server"] = dependency.Version
		}
	}
	return all
})
