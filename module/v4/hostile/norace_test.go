// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

//go:build !race

package hostile_test

const raceDetector = false

const defaultAuctions = 3000
