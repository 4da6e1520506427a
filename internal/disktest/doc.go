// Package disktest gives tests disks that get full. It does so on Linux only.
package disktest
