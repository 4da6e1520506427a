// Package uid2rtb is the front of a module without code of its own: UID2 and EUID for real-time
// bidding.
//
// A bidder starts at package bidder. What that is made of may also be used by itself: package
// bidstream, with package keyset for its keys, package operator to fetch them, and package optout.
// A host of Prebid Server starts at package module, a publisher at package publisher, an advertiser
// at package identitymap, a sharer at package sharing. Package uid2test is a local operator to try
// it all with. The README has the table of all packages.
package uid2rtb
