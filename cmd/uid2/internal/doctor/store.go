package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/uid2rtb/uid2rtb/internal/plural"
	"github.com/uid2rtb/uid2rtb/optout"
)

const (
	checkStore = "opt-out store"
	checkFeed  = "opt-out feed"
)

// examineStore reads the whole log, as uid2 optout verify does.
func examineStore(ctx context.Context, path string, fed bool) []Finding {
	var f findings
	v, err := optout.Verify(ctx, path)
	switch {
	case err == nil && v.Intact():
		f.ok(checkStore, "%s %s whole", plural.Count(v.Entries, "entry"), plural.Is(v.Entries))
		if v.Quarantined > 0 {
			f.list = nil
			f.warning(checkStore, "it is whole, and holds values that came as opt-outs and are no raw UIDs", "look at them: uid2 optout quarantine")
		}
	case err == nil, errors.Is(err, optout.ErrDamaged):
		f.wrong(checkStore, "it is damaged", "see uid2 optout verify, and mend it by uid2 optout repair")
	case errors.Is(err, optout.ErrLocked):
		f.warning(checkStore, "another process has it open, so it can't be read", "if that is the node itself, all is well; otherwise end the process")
	case errors.Is(err, fs.ErrNotExist) && isDir(filepath.Dir(path)):
		f.warning(checkStore, "there is none yet", "the first start makes it; if there should be one, correct its path")
	case errors.Is(err, fs.ErrNotExist):
		f.wrong(checkStore, "its directory doesn't exist", "make the directory, or correct the path")
	case ctx.Err() != nil:
		f.warning(checkStore, "it couldn't be read within the time", "give it more by -timeout, or see uid2 optout verify")
	default:
		f.wrong(checkStore, plain(err), "let this user read and write the file, and see uid2 optout verify")
	}
	if !fed {
		f.wrong(checkFeed, "nothing brings opt-outs into the store, so raw UIDs of users who opt out go on being sent", "set opt_outs.listen, opt_outs.nats or opt_outs.poll")
	}
	return f.list
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
