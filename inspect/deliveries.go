package inspect

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// modes are those in which a listed bidder may get raw UIDs.
var modes = []bidder.Mode{bidder.Annotate, bidder.Replace, bidder.DropOptedOut}

// listedAs is a name that no request has for a bidder, listed with a mode.
func listedAs(mode bidder.Mode) string { return "a bidder listed with " + mode.String() }

// newAnnotator makes the module of a host whose list has a bidder of each mode.
func (i *Inspector) newAnnotator() (*annotator.Annotator, error) {
	var optOuts bidstream.OptOuts = unknownOptOuts{}
	if i.config.OptOuts != nil {
		optOuts = i.config.OptOuts
	}
	opts := []bidstream.Option{bidstream.WithOptOuts(optOuts)}
	for scope, keys := range i.config.Keys {
		opts = append(opts, bidstream.WithKeys(scope, keys))
	}
	decrypter, err := bidstream.New(opts...)
	if err != nil {
		return nil, err
	}
	own, err := bidder.New(decrypter, bidder.Annotate)
	if err != nil {
		return nil, err
	}
	cfg := annotator.Config{Privacy: i.config.Privacy}
	for _, mode := range modes {
		cfg.Bidders = append(cfg.Bidders, annotator.Bidder{Name: listedAs(mode), Mode: mode})
	}
	return annotator.New(cfg, annotator.WithBidder(own))
}

// unknownOptOuts knows of nobody, as a host without opt-outs: the module then withholds raw UIDs.
type unknownOptOuts struct{}

func (unknownOptOuts) OptOut(codec.RawUID) bidstream.OptOut { return bidstream.OptOut{} }

// delivery is what a listed bidder would get, and the raw UIDs in it.
type delivery struct {
	mode          bidder.Mode
	listed        bool
	withheld      string // reason, for all tokens
	before, after []byte
	raws          []string
}

// deliver makes a listed bidder's request of each mode. text is the request as it came, req the same
// as Prebid Server reads it. readable says that openrtb can read the text: its bytes are annotated
// then, and otherwise what the module makes of req is written anew.
func (i *Inspector) deliver(text []byte, req *openrtb2.BidRequest, readable bool, now time.Time) ([]delivery, error) {
	module, err := i.newAnnotator()
	if err != nil {
		return nil, err
	}
	defer module.Close()
	var all []delivery
	for _, mode := range modes {
		auction := module.Resolve(context.Background(), req, now) // it remembers what other bidders got
		decision, err := module.ForBidder(context.Background(), auction, listedAs(mode), req, nil, now)
		if err != nil {
			return nil, err
		}
		d := delivery{mode: mode, listed: decision.Listed(), before: text}
		if readable {
			err = d.annotate(text, decision.Answers(req))
		} else {
			err = d.rewrite(req, decision)
		}
		if err != nil {
			return nil, err
		}
		d.withheld = decision.Withheld()
		all = append(all, d)
	}
	return all, nil
}

// annotate annotates the bytes of a request. The module takes forgeries out before all else.
func (d *delivery) annotate(text []byte, answers openrtb.Decide) error {
	clean, removed, err := openrtb.RemoveForgeries(nil, text)
	if err != nil {
		return err
	}
	if removed > 0 {
		text = clean
	}
	d.after, err = openrtb.AnnotateRequest(nil, text, func(source openrtb.Source, id string) openrtb.Edit {
		edit := answers(source, id)
		switch edit.Action {
		case openrtb.Annotate:
			d.got(edit.Annotation.Raw)
		case openrtb.Replace:
			d.got(edit.ID)
		}
		return edit
	})
	return err
}

func (d *delivery) got(raw string) {
	if raw != "" {
		d.raws = append(d.raws, raw)
	}
}

// rewrite applies the decision to a request that was read, and writes both.
func (d *delivery) rewrite(req *openrtb2.BidRequest, decision *annotator.Decision) (err error) {
	if d.before, err = encoded(req); err != nil {
		return err
	}
	given := *req
	given.User, _ = decision.Apply(req)
	d.after, err = encoded(&given)
	return err
}

// encoded writes a request, with its parts that weren't read as they came.
func encoded(req *openrtb2.BidRequest) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(req)
	return out.Bytes(), err
}
