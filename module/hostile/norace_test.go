//go:build !race

package hostile_test

const raceDetector = false

// lateTimeout in milliseconds is the time of hooks that are late. It is enough for their work.
const lateTimeout = 5
