module github.com/uid2rtb/uid2rtb/cmd/uid2

go 1.26.0

require (
	github.com/creack/pty v1.1.24
	github.com/nats-io/nats.go v1.55.0
	github.com/prometheus/client_golang v1.12.1
	github.com/uid2rtb/uid2rtb v0.0.0
	github.com/uid2rtb/uid2rtb/inspect v0.0.0
	github.com/uid2rtb/uid2rtb/module v0.0.0
	github.com/uid2rtb/uid2rtb/module/register v0.0.0
	github.com/urfave/cli/v3 v3.14.0
	golang.org/x/sync v0.24.0
)

require (
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

require (
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/buger/jsonparser v1.6.1 // indirect
	github.com/cespare/xxhash/v2 v2.1.2 // indirect
	github.com/golang/protobuf v1.5.2 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/matttproud/golang_protobuf_extensions v1.0.1 // indirect
	github.com/molecule-man/go-brrr v1.3.1 // indirect
	github.com/nats-io/nkeys v0.4.16
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/prebid/openrtb/v20 v20.3.0
	github.com/prometheus/client_model v0.2.0 // indirect
	github.com/prometheus/common v0.32.1 // indirect
	github.com/prometheus/procfs v0.7.3 // indirect
	github.com/segmentio/asm v1.1.3 // indirect
	github.com/segmentio/encoding v0.5.3
	github.com/uid2rtb/uid2rtb/metrics v0.0.0
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.78.0
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/protobuf v1.26.0 // indirect
)

replace github.com/uid2rtb/uid2rtb => ../..

replace github.com/uid2rtb/uid2rtb/inspect => ../../inspect

replace github.com/uid2rtb/uid2rtb/metrics => ../../metrics

replace github.com/uid2rtb/uid2rtb/module => ../../module

replace github.com/uid2rtb/uid2rtb/module/register => ../../module/register
