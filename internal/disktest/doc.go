// Package disktest provides tests with disks that fill up. It does so on Linux only.
package disktest
