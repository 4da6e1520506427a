module github.com/uid2rtb/uid2rtb/internal/mutate

go 1.26.0
