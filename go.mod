module github.com/uid2rtb/uid2rtb

go 1.23.0

require (
	github.com/buger/jsonparser v1.1.1
	github.com/google/go-cmp v0.6.0
	github.com/nats-io/nats.go v1.46.1
	github.com/prebid/openrtb/v20 v20.3.0
	github.com/segmentio/encoding v0.5.3
	github.com/valyala/fasthttp v1.60.0
	go.etcd.io/bbolt v1.3.11
	golang.org/x/crypto v0.37.0
	golang.org/x/net v0.38.0
	golang.org/x/sync v0.13.0
	golang.org/x/sys v0.32.0
)

require (
	github.com/andybalholm/brotli v1.1.1 // indirect
	github.com/klauspost/compress v1.18.0 // indirect
	github.com/nats-io/nkeys v0.4.11 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/segmentio/asm v1.1.3 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	golang.org/x/text v0.24.0 // indirect
)
