// Package record records the auctions of a Prebid Server in this process as they happen, and shows
// them to a page.
//
// A [Recorder] sees each auction from five sides, and puts together what belongs together without
// changing anything of it:
//
//	Handler     the request as it came, and the answer as it went out
//	Module      the time in the module's hooks, and the response before and after them
//	Exchange    puts the recording into the context of the requests to bidders
//	Transport   what each bidder received and answered
//	Announce    the name of an auction of this program's own
//
// The recording travels in contexts and in the module's context, never in a request: an auction
// neither knows nor shows that it is recorded, and two of them can't be taken for one another
// however alike their requests are.
//
// # Memory
//
// The latest auctions are kept, up to a number and a size, and of each text no more than a limit.
//
// # Raw UIDs
//
// Recordings hold them. [Recorder.Auction] masks them unless it is told to reveal them.
//
// # Concurrency
//
// Everything is safe for concurrent use. Recording waits for nobody: a watcher who is slow misses
// auctions.
package record
