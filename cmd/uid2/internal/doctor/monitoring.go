package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxVarz is more than a server's figures take.
const maxVarz = 1 << 20

// examineSync asks the servers' monitoring ports whether they acknowledge only what is on disk. A
// client can't see it.
func (p *Fleet) examineSync(ctx context.Context, f *findings) {
	if len(p.Monitoring) == 0 {
		f.skip("only the servers' monitoring ports say whether sync_interval is always, and none is given (-nats-monitoring)", checkSync)
		return
	}
	for _, base := range p.Monitoring {
		switch interval, always, err := syncOf(ctx, base); {
		case err != nil:
			f.wrong(checkSync, fmt.Sprintf("the monitoring port at %s doesn't answer", hostOf(base)), "correct the address, or set http in the server's configuration")
		case !always:
			f.warning(checkSync, fmt.Sprintf("%s acknowledges opt-outs up to %v before they are on its disk", hostOf(base), interval), `set sync_interval: "always" in its configuration`)
		default:
			f.ok(checkSync, "%s acknowledges only what is on its disk", hostOf(base))
		}
	}
}

// syncOf asks one server.
func syncOf(ctx context.Context, base string) (interval time.Duration, always bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/varz", nil)
	if err != nil {
		return 0, false, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, false, err
	}
	defer response.Body.Close()
	var varz struct {
		JetStream struct {
			Config *struct {
				Interval time.Duration `json:"sync_interval"`
				Always   bool          `json:"sync_always"`
			} `json:"config"`
		} `json:"jetstream"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxVarz)).Decode(&varz); err != nil {
		return 0, false, err
	}
	if varz.JetStream.Config == nil {
		return 0, false, errors.New("no JetStream")
	}
	return varz.JetStream.Config.Interval, varz.JetStream.Config.Always, nil
}
