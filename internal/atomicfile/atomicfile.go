// Package atomicfile replaces a file whole or not at all: a reader, and a crash at any moment,
// meets the old one or the new one. The new one is written beside the old one, and takes its name
// once it has reached the disk.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write makes content the file at path, with mode 0600. Any number of processes may do so at the
// same time. The same failure always reads the same: its text doesn't have the name of what was
// written beside path, which is another each time.
func Write(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err == nil {
		err = replace(path, f, func(f *os.File) error {
			_, err := f.Write(content)
			return err
		})
	}
	return withoutPath(err)
}

// Replace makes what fill writes the file at path, with mode 0600. One process at a time may do so:
// the file beside path is path.new, and what a crash left of it is overwritten.
func Replace(path string, fill func(*os.File) error) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return replace(path, f, fill)
}

func replace(path string, f *os.File, fill func(*os.File) error) error {
	err := finish(f, func() error { return fill(f) })
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// diskFile is what finish needs of an os.File.
type diskFile interface {
	Sync() error
	Close() error
}

// finish fills f, and returns the first error. It closes f in any case.
func finish(f diskFile, fill func() error) error {
	err := fill()
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// SyncDir makes the names of the files in dir survive a power failure.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// withoutPath drops the names of files.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}
