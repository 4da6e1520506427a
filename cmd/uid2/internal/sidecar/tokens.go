package sidecar

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// MaxTokens is how many tokens a request to /tokens may have.
const MaxTokens = 1000

// question is the body of a request to /tokens.
type question struct {
	tokens []string
	domain string
	app    string
	scope  codec.Scope // 0: that of the token
}

// answerTokens judges tokens.
func (s *Server) answerTokens(ctx *fasthttp.RequestCtx) {
	if len(ctx.Request.Header.ContentEncoding()) > 0 {
		ctx.Error("the content encoding is none that /tokens takes", http.StatusUnsupportedMediaType)
		return
	}
	body, err := s.body(ctx)
	if err != nil {
		ctx.Error("the body can't be read", http.StatusBadRequest)
		return
	}
	if len(body) > int(s.cfg.MaxBody) {
		ctx.Error("the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	asked, err := parseQuestion(body)
	if err != nil {
		ctx.Error(err.Error(), http.StatusBadRequest)
		return
	}
	ctx.Response.SetBodyRaw(s.judge(asked, time.Now()))
}

// body reads the body, or one byte more than it may have.
func (s *Server) body(ctx *fasthttp.RequestCtx) ([]byte, error) {
	if !ctx.Request.IsBodyStream() {
		return ctx.Request.Body(), nil
	}
	return io.ReadAll(io.LimitReader(ctx.Request.BodyStream(), int64(s.cfg.MaxBody)+1))
}

// judge returns the answer.
func (s *Server) judge(asked question, now time.Time) []byte {
	query := bidstream.Query{Name: asked.name(), Scope: asked.scope, NowMs: now.UnixMilli()}
	answer := append(make([]byte, 0, 32+512*len(asked.tokens)), `{"verdicts":[`...)
	verdicts := make([]bidstream.Verdict, len(asked.tokens))
	s.bidder.DecryptBatch(verdicts, asked.tokens, query)
	for i := range verdicts {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = AppendVerdict(answer, &verdicts[i], true)
	}
	return append(answer, "]}\n"...)
}

// name is what tokens that were generated on a client are checked against.
func (q *question) name() string {
	if q.app != "" {
		return q.app
	}
	return openrtb.Name(&openrtb2.BidRequest{Site: &openrtb2.Site{Domain: q.domain}})
}

// Errors about a body of /tokens. They have nothing of it, and need no escaping as JSON.
var (
	errNoQuestion = errors.New("the body is no JSON object of the members token or tokens, domain or app, and scope, which are texts, tokens a list of them")
	errNoTokens   = errors.New("either token or tokens is needed")
	errTokens     = errors.New("there are more than 1000 tokens")
	errNames      = errors.New("domain and app exclude each other")
	errScope      = errors.New("the scope is UID2 or EUID")
)

// parseQuestion reads a body strictly: a member that is unknown, or there twice, is an error.
func parseQuestion(body []byte) (q question, err error) {
	scan := strictjson.Scanner{Data: body}
	var scope string
	seen := map[string]bool{}
	scan.Space()
	err = scan.Object(func(key strictjson.Key, _ strictjson.Span) (err error) {
		if name := string(key.Name); seen[name] {
			return errNoQuestion
		} else {
			seen[name] = true
		}
		switch {
		case key.Is("token"):
			q.tokens = make([]string, 1)
			q.tokens[0], err = text(&scan)
		case key.Is("tokens"):
			q.tokens, err = texts(&scan)
		case key.Is("domain"):
			q.domain, err = text(&scan)
		case key.Is("app"):
			q.app, err = text(&scan)
		case key.Is("scope"):
			scope, err = text(&scan)
		default:
			return errNoQuestion
		}
		return err
	})
	if err == nil {
		scan.Space()
		err = scan.End()
	}
	switch {
	case errors.Is(err, errTokens):
		return question{}, err
	case err != nil:
		return question{}, errNoQuestion
	case seen["token"] == seen["tokens"]:
		return question{}, errNoTokens
	case q.domain != "" && q.app != "":
		return question{}, errNames
	}
	q.scope, err = scopeOf(scope)
	return q, err
}

func scopeOf(name string) (codec.Scope, error) {
	switch name {
	case "":
		return 0, nil
	case codec.ScopeUID2.String():
		return codec.ScopeUID2, nil
	case codec.ScopeEUID.String():
		return codec.ScopeEUID, nil
	}
	return 0, errScope
}

func text(scan *strictjson.Scanner) (string, error) {
	quoted, err := scan.Text()
	if err != nil {
		return "", err
	}
	return string(quoted.Decoded(scan.Data)), nil
}

func texts(scan *strictjson.Scanner) (all []string, err error) {
	err = scan.Array(func(i int) error {
		if i == MaxTokens {
			return errTokens
		}
		one, err := text(scan)
		all = append(all, one)
		return err
	})
	return all, err
}
