// Package guardpage gives tests memory between unmapped pages. It does so on Linux only.
package guardpage
