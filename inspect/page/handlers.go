package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect"
)

const (
	maxTimes  = 1000
	playLimit = 5 * time.Minute
)

// sectionsAnswer says what the page has.
type sectionsAnswer struct {
	Auctions bool `json:"auctions"`
	State    bool `json:"state"`
	Actions  bool `json:"actions"`
	MaxInput int  `json:"max_input"` // bytes
}

func (p *page) sections(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, sectionsAnswer{
		Auctions: p.config.Auctions != nil, State: p.config.State != nil, Actions: p.config.Actions != nil, MaxInput: inspect.MaxInput,
	})
}

func (p *page) inspect(w http.ResponseWriter, r *http.Request) {
	var input inspect.Input
	if !readJSON(w, r, maxText, &input) {
		return
	}
	if len(input.Text) > inspect.MaxInput {
		answerError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("That is too long: at most %d bytes are inspected.", inspect.MaxInput))
		return
	}
	answer(w, http.StatusOK, p.config.Inspector.Inspect(input))
}

func (p *page) auction(reveal bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
		if err != nil {
			answerError(w, http.StatusNotFound, "An auction has a number.")
			return
		}
		detail, err := p.config.Auctions.Auction(number, reveal)
		if err != nil {
			answerError(w, statusOf(err), err.Error())
			return
		}
		answer(w, http.StatusOK, detail)
	}
}

func (p *page) samples(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, p.config.Auctions.Samples())
}

func (p *page) play(w http.ResponseWriter, r *http.Request) {
	var request PlayRequest
	if !readJSON(w, r, maxText, &request) {
		return
	}
	if request.Times < 0 || request.Times > maxTimes || (request.Sample == "") == (request.Body == "") {
		answerError(w, http.StatusBadRequest, fmt.Sprintf("Play a sample, or a request of your own, 1 to %d times.", maxTimes))
		return
	}
	extend(w, playLimit)
	result, err := p.config.Auctions.Play(r.Context(), request)
	if err != nil {
		answerError(w, statusOf(err), err.Error())
		return
	}
	answer(w, http.StatusOK, result)
}

func (p *page) state(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, p.config.State.State())
}

func (p *page) act(w http.ResponseWriter, r *http.Request) {
	var args json.RawMessage
	if !readJSON(w, r, maxArguments, &args) {
		return
	}
	extend(w, playLimit)
	result, err := p.config.Actions.Do(r.Context(), r.PathValue("name"), args)
	if err != nil {
		answerError(w, statusOf(err), err.Error())
		return
	}
	answer(w, http.StatusOK, result)
}

// statusOf returns the HTTP status of a host's error.
func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrGone):
		return http.StatusGone
	case errors.Is(err, ErrNoAction):
		return http.StatusNotFound
	}
	return http.StatusUnprocessableEntity
}
