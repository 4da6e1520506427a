package sample

// Elsewhere isn't part of a build here.
func Elsewhere() int { return 1 }
