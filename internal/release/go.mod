module github.com/uid2rtb/uid2rtb/internal/release

go 1.26.0

require golang.org/x/mod v0.29.0
