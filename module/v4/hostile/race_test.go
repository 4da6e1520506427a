// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

//go:build race

package hostile_test

// raceDetector leaves out the scenarios whose hooks are under way when Prebid Server has given up
// on them: what they read may change then, and nobody can help it.
const raceDetector = true

const defaultAuctions = 400
