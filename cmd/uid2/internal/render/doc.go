// Package render writes a report of package inspect for a terminal.
//
// [Report] writes all of it: a headline, what to do, and a section for each part, in at most
// [Options.Width] columns. Colours are only an addition: every mark is a character, too. Whatever a
// text brought along, no control character gets to the terminal.
package render
