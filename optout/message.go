package optout

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/uid2rtb/uid2rtb/codec"
)

// maxForm bounds what is read of a request's body.
const maxForm = 64 << 10

// incoming is a request to either kind of server.
type incoming struct {
	ctx    context.Context
	method string
	header func(name string) []string                  // all values of a field
	query  string                                      // as it came
	body   func() (first []byte, more bool, err error) // at most maxForm bytes
}

// message is what a request says.
type message struct {
	uids       []codec.RawUID // each once
	timestamps []string       // what may be the time, the best first
	strange    bool           // something of it isn't a raw UID, or it has none
	all        string         // what it consists of, as it came, but for its authorization
}

// read reads every raw UID that the query, a form in the body, and the configured header field have. What can't be read hides
// nothing else. An error means that the body didn't come whole: what the rest of the request says is in the message all the same.
func (r *Receiver) read(in incoming) (m message, err error) {
	m.all = in.query
	query := fieldsOf(in.query)
	form := fields{}
	if in.method == http.MethodPost {
		form, err = m.readForm(in)
	}
	for _, value := range slices.Concat(query.of(r.idName), form.of(r.idName)) {
		m.addUID(value)
	}
	if r.idHeader != "" {
		m.readHeader(r.idHeader, in.header(r.idHeader))
	}
	m.timestamps = slices.Concat(form.of(r.timeName), query.of(r.timeName))
	m.strange = m.strange || len(m.uids) == 0 && err == nil
	return m, err
}

// readForm reads a form, what can be read of it. Whatever doesn't say that it has several parts is read like a query, even if
// it says that it is something else: it is rather an opt-out than nothing.
func (m *message) readForm(in incoming) (fields, error) {
	body, more, err := in.body()
	if err != nil {
		return nil, err
	}
	m.append(string(body))
	m.strange = more
	mediaType, of, _ := mime.ParseMediaType(strings.Join(in.header("Content-Type"), ";"))
	if mediaType == "multipart/form-data" {
		form, whole := partsOf(body, of["boundary"])
		m.strange = more || !whole
		return form, nil
	}
	return fieldsOf(string(body)), nil
}

// readHeader reads a header field. Several fields of one name may have been joined by commas on the way.
func (m *message) readHeader(name string, values []string) {
	for _, value := range values {
		m.append(name + ": " + value)
		for _, part := range strings.Split(value, ",") {
			m.addUID(part)
		}
	}
}

// append adds to what the request consists of.
func (m *message) append(text string) {
	if m.all != "" && text != "" {
		m.all += "\n"
	}
	m.all += text
}

// addUID adds the raw UID that a value is. An empty one says nothing: a URL may end in "?uid2=", and the service adds its own.
func (m *message) addUID(value string) {
	trimmed := strings.TrimSpace(value)
	if trimmed == "" {
		return
	}
	readings := []string{trimmed}
	if ends := strings.Trim(value, "\t\r\n"); ends != trimmed && !badlyPadded(ends) {
		readings = append(readings, ends)
	}
	decoded := false
	for _, text := range readings {
		// A + that nobody encoded was read as a space, also at an end, where a space may be one, too. Where both readings are raw
		// UIDs, both have opted out.
		if uid, err := codec.DecodeRawUID(strings.ReplaceAll(text, " ", "+")); err == nil {
			decoded = true
			if !slices.Contains(m.uids, uid) {
				m.uids = append(m.uids, uid)
			}
		}
	}
	m.strange = m.strange || !decoded
}

// badlyPadded reports whether a text ends with base64's padding and hasn't the length that it makes.
func badlyPadded(text string) bool { return strings.HasSuffix(text, "=") && len(text)%4 != 0 }

// partsOf reads a form of several parts, and reports whether all of it could be read.
func partsOf(body []byte, boundary string) (form fields, whole bool) {
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextPart()
		if err != nil {
			return form, errors.Is(err, io.EOF)
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return form, false
		}
		form = append(form, field{part.FormName(), string(value)})
	}
}

// body reads a body. One that is too long is no failure, as it won't be shorter when it is sent again.
func body(request *http.Request) (first []byte, more bool, err error) {
	if request.Body == nil {
		return nil, false, nil
	}
	return firstOf(request.Body)
}

// firstOf reads the first maxForm bytes, and reports whether there are more.
func firstOf(body io.Reader) (first []byte, more bool, err error) {
	first, err = io.ReadAll(io.LimitReader(body, maxForm+1))
	return first[:min(len(first), maxForm)], len(first) > maxForm, err
}
