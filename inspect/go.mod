module github.com/uid2rtb/uid2rtb/inspect

go 1.26.0

require (
	github.com/uid2rtb/uid2rtb v0.0.0
	github.com/uid2rtb/uid2rtb/module v0.0.0
)

require (
	github.com/andybalholm/brotli v1.1.1 // indirect
	github.com/buger/jsonparser v1.1.1 // indirect
	github.com/klauspost/compress v1.18.0 // indirect
	github.com/nats-io/nats.go v1.46.1 // indirect
	github.com/nats-io/nkeys v0.4.11 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/prebid/openrtb/v20 v20.3.0 // indirect
	github.com/segmentio/asm v1.1.3 // indirect
	github.com/segmentio/encoding v0.5.3 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.60.0 // indirect
	golang.org/x/crypto v0.37.0 // indirect
	golang.org/x/net v0.38.0 // indirect
	golang.org/x/sync v0.13.0 // indirect
	golang.org/x/sys v0.32.0 // indirect
	golang.org/x/text v0.24.0 // indirect
)

replace github.com/uid2rtb/uid2rtb => ..

replace github.com/uid2rtb/uid2rtb/metrics => ../metrics

replace github.com/uid2rtb/uid2rtb/module => ../module
