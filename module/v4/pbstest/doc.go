// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

// Package pbstest runs real Prebid Server v4 auctions inside the calling process, for tests of hook modules and for
// demonstrations. Nothing of Prebid Server is mocked: the endpoints, the exchange, the adapters, the hook executor and
// the metrics are its own, put together as its router does, without files and without the internet.
//
// It is shaped like net/http/httptest: start a [DSP] that bids, then a [Server] whose bidders point at it.
//
//	dsp := pbstest.NewDSP(pbstest.DSPConfig{})
//	defer dsp.Close()
//	server, err := pbstest.New(pbstest.Config{
//		Modules: map[string]any{"uid2.decrypt": module},
//		Bidders: []pbstest.Bidder{{Name: "thetradedesk", Endpoint: dsp.Endpoint("thetradedesk")}},
//	})
//	if err != nil { ... }
//	defer server.Close()
//	status, answer, err := server.Auction(ctx, request)
//	sent := dsp.Requests("thetradedesk") // what the bidder received
//
// # What differs from a deployed server
//
// Only the routes /openrtb2/auction, /openrtb2/amp and /status exist, and /cache, a small Prebid
// Cache of the server's own, which amp needs. Bidder parameters are not checked against their
// schemas. Every bidder is declared capable of site, app and DOOH with all media types, whatever
// its own description says. There is no vendor list, so no vendor has consent under GDPR. Endpoints
// that let a request choose the host have http for https. Currency rates are the built-in ones.
// User syncing is off.
//
// # Logs
//
// Prebid Server logs through glog, which belongs to the whole process. The first New, or [RedirectLogs], sends it to files in [LogDir], a
// new temporary directory, and only fatal lines to standard error; a -log_dir flag given by the user of the
// program is respected. Programs should call [RemoveLogs] at their end, tests [Main]. Prebid Server ends the
// process on errors that it holds to be fatal.
//
// # Concurrency
//
// A Server and a DSP are safe for concurrent use. Several servers may run at the same time, but Prebid Server keeps the
// names of host aliases ([Bidder].AliasOf) in a map of the process without a lock: call New with a new alias only while no
// auction runs anywhere.
package pbstest
