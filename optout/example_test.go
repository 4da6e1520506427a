package optout_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/optout"
)

// receiveOptOuts keeps what the webhook brings in a file, and makes a decrypter that knows of it at once. Close the store in the end.
func receiveOptOuts(mux *http.ServeMux, path, token string, keys bidstream.KeySource) (*bidstream.Decrypter, *optout.Store, error) {
	file, err := optout.OpenFile(path)
	if err != nil {
		return nil, nil, err
	}
	store := optout.Open(file)                                           // reads the file in the background
	receiver, err := optout.NewReceiver(store, optout.WithBearer(token)) // refuses what can't work
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	decrypter, err := bidstream.New(bidstream.WithKeys(codec.ScopeUID2, keys), bidstream.WithOptOuts(store))
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	mux.Handle("/optout", receiver)
	return decrypter, store, nil
}

// A bidder receives an opt-out, and the next verdict reflects it.
func Example() {
	snapshot, err := keyset.Parse(fixtures.Answer("golden-uid2"))
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "optouts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	mux := http.NewServeMux()
	decrypter, store, err := receiveOptOuts(mux, filepath.Join(dir, "optouts.db"), "t0ken", keyset.Static(snapshot))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	if err := store.WaitSynced(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	webhook := httptest.NewServer(mux)
	defer webhook.Close()

	vector, query := fixtures.Token("G3"), bidstream.Query{Name: "example.com", NowMs: fixtures.NowMs}
	var verdict bidstream.Verdict
	decrypter.DecryptString(&verdict, vector.Text, query)
	uid, ok := verdict.RawUID()
	fmt.Println(ok, uid, verdict)

	request, err := http.NewRequest("GET", webhook.URL+"/optout?timestamp=1700000000&uid2="+url.QueryEscape(vector.UID), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	request.Header.Set("Authorization", "Bearer t0ken")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer.Body.Close()

	decrypter.DecryptString(&verdict, vector.Text, query)
	_, ok = verdict.RawUID()
	fmt.Println(answer.StatusCode, ok, verdict)
	// Output:
	// true [raw UID] [Success, opt-out: not opted out]
	// 200 false [UserOptedOut, opt-out: opted out]
}

// While the receiver is down, the proxy in front of it makes the service send its requests again.
func ExampleReceiver_proxy() {
	gone := httptest.NewServer(http.NotFoundHandler())
	receiver, err := url.Parse(gone.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	gone.Close()

	proxy := httputil.NewSingleHostReverseProxy(receiver) // a handler; it answers 502 while nobody listens at that URL
	proxy.ErrorLog = log.New(io.Discard, "", 0)           // expected here

	answer := httptest.NewRecorder()
	proxy.ServeHTTP(answer, httptest.NewRequest("GET", "/optout", nil))
	fmt.Println(answer.Code)
	// Output:
	// 502
}
