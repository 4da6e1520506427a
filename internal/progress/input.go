package progress

import (
	"io"
	"os"
)

// WholeOf sets how much there is to do to what is left of an input, in bytes, if that is a file.
func (l *Line) WholeOf(in io.Reader) {
	if file, ok := in.(*os.File); ok && l != nil {
		l.Whole(restOf(file))
	}
}

// restOf returns how much of a file is still to be read, and 0 for what isn't a file.
func restOf(file *os.File) int64 {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return info.Size() - at
}

// AddLines adds lines of an input, as done and as part of the whole.
func (l *Line) AddLines(lines []string) {
	l.Add(len(lines))
	l.AddPart(SizeOf(lines))
}

// SizeOf returns about how many bytes lines have in an input.
func SizeOf(lines []string) (bytes int64) {
	for _, line := range lines {
		bytes += int64(len(line) + len("\n"))
	}
	return bytes
}
