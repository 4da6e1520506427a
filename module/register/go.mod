module github.com/uid2rtb/uid2rtb/module/register

go 1.23.0

require github.com/uid2rtb/uid2rtb v0.0.0

replace github.com/uid2rtb/uid2rtb => ../..

require (
	github.com/google/go-cmp v0.6.0
	github.com/rogpeppe/go-internal v1.12.0
	go.yaml.in/yaml/v3 v3.0.4
	golang.org/x/mod v0.24.0
)

require golang.org/x/tools v0.13.0 // indirect
