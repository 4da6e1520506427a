module github.com/uid2rtb/uid2rtb/inspect

go 1.26.0

require (
	github.com/uid2rtb/uid2rtb v0.0.0
	github.com/uid2rtb/uid2rtb/module v0.0.0
)

require (
	github.com/buger/jsonparser v1.1.1 // indirect
	github.com/prebid/openrtb/v20 v20.3.0 // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	github.com/segmentio/asm v1.1.3 // indirect
	github.com/segmentio/encoding v0.5.3 // indirect
	golang.org/x/crypto v0.37.0 // indirect
	golang.org/x/sys v0.32.0 // indirect
)

replace github.com/uid2rtb/uid2rtb => ..

replace github.com/uid2rtb/uid2rtb/metrics => ../metrics

replace github.com/uid2rtb/uid2rtb/module => ../module
