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

// maxForm is how many bytes of a request's body are read.
const maxForm = 64 << 10

// incoming is a request to a server of either kind.
type incoming struct {
	ctx    context.Context
	method string
	header func(name string) []string                  // all values of a field
	query  string                                      // as it was sent
	body   func() (first []byte, more bool, err error) // at most maxForm bytes
}

// message is the content of a request.
type message struct {
	uids       []codec.RawUID // without duplicates
	timestamps []string       // candidates for the time, the best first
	invalid    bool           // a part of it isn't a raw UID, or it has none
	all        string         // the whole content as it was sent, without the authorization
}

// read collects every raw UID in the query, in a form in the body, and in the configured header
// field. Parts that can't be parsed don't hide the others. An error means that the body didn't
// arrive completely; the message then has what the rest of the request holds.
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
	m.invalid = m.invalid || len(m.uids) == 0 && err == nil
	return m, err
}

// readForm reads as much of a form as it can. Any body that isn't declared as multipart is read
// like a query, even if it is declared as something else: better too many opt-outs than a lost one.
func (m *message) readForm(in incoming) (fields, error) {
	body, more, err := in.body()
	if err != nil {
		return nil, err
	}
	m.append(string(body))
	m.invalid = more
	mediaType, of, _ := mime.ParseMediaType(strings.Join(in.header("Content-Type"), ";"))
	if mediaType == "multipart/form-data" {
		form, whole := partsOf(body, of["boundary"])
		m.invalid = more || !whole
		return form, nil
	}
	return fieldsOf(string(body)), nil
}

// readHeader reads a header field. Proxies may have joined several fields of one name by commas.
func (m *message) readHeader(name string, values []string) {
	for _, value := range values {
		m.append(name + ": " + value)
		for _, part := range strings.Split(value, ",") {
			m.addUID(part)
		}
	}
}

// append adds to the content.
func (m *message) append(text string) {
	if m.all != "" && text != "" {
		m.all += "\n"
	}
	m.all += text
}

// addUID adds the raw UID that a value holds. An empty value is ignored: a URL may end in "?uid2=",
// and the service adds a parameter of its own.
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
		// A + that the sender didn't encode was decoded to a space; at either end, it may
		// also have been a space. If both readings are raw UIDs, both count as opted out.
		if uid, err := codec.DecodeRawUID(strings.ReplaceAll(text, " ", "+")); err == nil {
			decoded = true
			if !slices.Contains(m.uids, uid) {
				m.uids = append(m.uids, uid)
			}
		}
	}
	m.invalid = m.invalid || !decoded
}

// badlyPadded reports whether a text ends with base64 padding but doesn't have a matching length.
func badlyPadded(text string) bool { return strings.HasSuffix(text, "=") && len(text)%4 != 0 }

// partsOf reads a multipart form, and reports whether all of it could be read.
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

// body reads a request's body. A body that is too long isn't an error, since it would be no shorter
// if it were sent again.
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
