// Package prefetch asks the memory for what will be read soon. It changes nothing but the time that
// reading takes, and does nothing where there is no instruction for it: on other processors than
// amd64 and arm64, and in a build with the tag purego.
//
// Go has such a function in its runtime only. A plain read isn't the same: the processor goes on
// for a few hundred instructions, and then waits for it.
package prefetch

// Line is the size of what comes from the memory at once, in bytes.
const Line = 64
