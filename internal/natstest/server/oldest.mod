module github.com/uid2rtb/uid2rtb/internal/natstest/server

go 1.26.0

tool github.com/uid2rtb/uid2rtb/internal/natstest/server

require (
	github.com/nats-io/jwt/v2 v2.5.3
	github.com/nats-io/nats-server/v2 v2.10.7
	github.com/nats-io/nkeys v0.4.6
)

require (
	github.com/klauspost/compress v1.17.4 // indirect
	github.com/minio/highwayhash v1.0.2 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.16.0 // indirect
	golang.org/x/sys v0.15.0 // indirect
	golang.org/x/time v0.5.0 // indirect
)
