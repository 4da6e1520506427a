package doctor

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// TestStoreInTime: a store that couldn't be read in time isn't well, so that no script takes it for
// that.
func TestStoreInTime(t *testing.T) {
	user := uid2test.NewUnstartedServer().RawUID(uid2test.TokenSpec{Email: "user@example.com"})
	path := filepath.Join(t.TempDir(), "optouts.db")
	file, err := optout.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.AppendAll(context.Background(), []optout.Entry{{UID: user, SinceMs: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for ctx, want := range map[context.Context]Status{t.Context(): OK, over: Warning} {
		if found := examineStore(ctx, path, true); len(found) != 1 || found[0].Status != want {
			t.Errorf("%v, want %v", found, want)
		}
	}
}
