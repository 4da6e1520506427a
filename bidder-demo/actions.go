package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/uid2rtb/uid2rtb/inspect/page"
)

// action is something that a reader of the page can do.
type action struct {
	page.ActionInfo
	do func(ctx context.Context, user string) (page.ActionResult, error)
	on func() bool // nil: it can't be on or off
}

// actions are all that a page offers. They need the local operators.
type actions struct{ all []action }

var _ page.Actions = actions{}

func newActions(w *world) actions {
	if len(w.operators) == 0 {
		return actions{}
	}
	return actions{append(append([]action{optOutAction(w)}, outageActions(w)...), tokenActions(w)...)}
}

// infos returns what is offered.
func (a actions) infos() []page.ActionInfo {
	infos := []page.ActionInfo{}
	for _, one := range a.all {
		info := one.ActionInfo
		info.On = one.on != nil && one.on()
		infos = append(infos, info)
	}
	return infos
}

var (
	errNoUser    = errors.New("name one of the demo's users") // for an action that needs one
	errArguments = errors.New("the arguments are no JSON object with a user's name")
)

// Do implements [page.Actions]. Of the arguments it reads the user.
func (a actions) Do(ctx context.Context, name string, args json.RawMessage) (page.ActionResult, error) {
	for _, one := range a.all {
		if one.Name != name {
			continue
		}
		var arguments struct{ User string }
		if len(args) > 0 {
			if err := json.Unmarshal(args, &arguments); err != nil {
				return page.ActionResult{}, errArguments
			}
		}
		if one.TakesUser && arguments.User == "" {
			return page.ActionResult{}, errNoUser
		}
		return one.do(ctx, arguments.User)
	}
	return page.ActionResult{}, page.ErrNoAction
}

// show plays an auction that shows what an action did, with one of the embedded samples. The title
// is for those who watch; nil for tokens means those that the sample asks for.
func (w *world) show(ctx context.Context, name, title string, tokens map[string]string) (number int64, body []byte, err error) {
	sample, err := sampleOf(w.samples, name)
	if err != nil {
		return 0, nil, err
	}
	if tokens == nil {
		r, err := w.fill(sample)
		if err != nil {
			return 0, nil, err
		}
		body = r.body
	} else if body, err = sample.Fill(tokens); err != nil {
		return 0, nil, err
	}
	number, err = w.number(ctx, title, sample.Endpoint, body)
	return number, body, err
}
