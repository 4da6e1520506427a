package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/uid2rtb/uid2rtb/internal/atomicfile"
)

// progressFile stores how far a backfill from a file has got. All methods may be called on nil,
// which stores nothing.
type progressFile struct {
	path  string
	of    backfillOf
	start backfilled
}

// backfillOf identifies a backfill.
type backfillOf struct {
	Store    string `json:"store"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // Unix nanoseconds
}

// savedProgress is the content of the file.
type savedProgress struct {
	backfillOf
	backfilled
}

// openProgress reads how far the backfill from a file into a store has got. Progress of another
// backfill, or a file that can't be read, counts as no progress.
func openProgress(file *os.File, store string) (*progressFile, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if store, err = filepath.Abs(store); err != nil {
		return nil, err
	}
	p := &progressFile{path: file.Name() + ".backfill", of: backfillOf{store, info.Size(), info.ModTime().UnixNano()}}
	var saved savedProgress
	text, err := os.ReadFile(p.path)
	if err == nil && json.Unmarshal(text, &saved) == nil && saved.backfillOf == p.of {
		p.start = saved.backfilled
	}
	return p, nil
}

func (p *progressFile) done() backfilled {
	if p == nil {
		return backfilled{}
	}
	return p.start
}

// save replaces the file.
func (p *progressFile) save(done backfilled) error {
	if p == nil {
		return nil
	}
	text, err := json.Marshal(savedProgress{p.of, done})
	if err != nil {
		return err
	}
	return atomicfile.Replace(p.path, func(file *os.File) error {
		_, err := file.Write(text)
		return err
	})
}

// end removes the file, when everything is done.
func (p *progressFile) end() error {
	if p == nil {
		return nil
	}
	if err := os.Remove(p.path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
