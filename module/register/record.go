package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"

	"github.com/uid2rtb/uid2rtb/internal/advice"
)

// record is what undoing needs to know: the tree's own files before and after registering.
type record struct {
	About string
	// Before holds the files that registering changed as they were, compressed; null for one that
	// didn't exist.
	Before map[string][]byte
	// GoMod and Builder are what registering made of go.mod and of modules/builder.go.
	GoMod, Builder string
}

// keepRecord writes the record of a tree that was like before and is registered now.
func (t *tree) keepRecord(before snapshot) error {
	now, err := t.snapshot()
	if err != nil {
		return err
	}
	r := record{
		About:   "What the tree was like before module/register of " + modulePath + " put the module in: its -undo reads this.",
		Before:  map[string][]byte{},
		GoMod:   string(now["go.mod"]),
		Builder: string(now[builderFile]),
	}
	for _, name := range changedFiles {
		if r.Before[name], err = pack(before[name]); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return t.write(recordFile, append(text, '\n'))
}

// record reads the record of a tree, or returns nil if there is none.
func (t *tree) record() (*record, error) {
	text, err := readIfThere(t.path(recordFile))
	if err != nil || text == nil {
		return nil, err
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, advice.Wrap("the record can't be read: "+t.path(recordFile), err, doRecord)
	}
	return &r, nil
}

// doRecord is what to do about a damaged record.
const doRecord = "bring " + recordFile + " back from git, or remove it: the module is then taken out, but not byte for byte"

// before is the text of a file before registering, or nil if it didn't exist.
func (r *record) before(name string) ([]byte, error) {
	packed := r.Before[name]
	if packed == nil {
		return nil, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, advice.Wrap("the record can't be read: "+recordFile+", "+name, err, doRecord)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		return nil, advice.Wrap("the record can't be read: "+recordFile+", "+name, err, doRecord)
	}
	return text, nil
}

func pack(text []byte) ([]byte, error) {
	if text == nil {
		return nil, nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
