package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
)

//go:embed assets
var embedded embed.FS

// types are set here, as the system's table may say otherwise.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// assets are the page's files. Their version is in their URL, so that browsers keep them for good.
type assets struct {
	version string
	files   map[string][]byte
}

// versionMark stands for the version in documents.
const versionMark = "{{version}}"

func readAssets() (assets, error) {
	entries, err := embedded.ReadDir("assets")
	if err != nil {
		return assets{}, err
	}
	a, sum := assets{files: make(map[string][]byte, len(entries))}, sha256.New()
	for _, entry := range entries { // sorted
		text, err := embedded.ReadFile(path.Join("assets", entry.Name()))
		if err != nil {
			return assets{}, err
		}
		a.files[entry.Name()] = text
		sum.Write([]byte(entry.Name()))
		sum.Write(text)
	}
	a.version = hex.EncodeToString(sum.Sum(nil))[:16]
	return a, nil
}

// document answers with a page, which no cache keeps.
func (a assets) document(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", types[".html"])
	_, _ = w.Write(bytes.ReplaceAll(a.files[name], []byte(versionMark), []byte(a.version)))
}

// serve answers with a file of this version. The token isn't needed: everybody may have them.
func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, ok := a.files[name]
	kind := types[path.Ext(name)]
	if !ok || kind == types[".html"] || r.PathValue("version") != a.version {
		answerError(w, http.StatusNotFound, "The page has no such file, or not any more: reload it.")
		return
	}
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(text)
}
