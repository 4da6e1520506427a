//go:build pbstree

package realserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Values of JSON that keep what a map would lose: the order of members, repeated ones, and how numbers
// are written.
type (
	object []member
	member struct {
		name  string
		value any // object, list, string, json.Number, bool or nil
	}
	list []any
)

// parse reads JSON.
func parse(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseNext(decoder)
	if err == nil && decoder.More() {
		err = errors.New("more than one value")
	}
	return value, err
}

func parseNext(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		all := object{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := parseNext(decoder)
			if err != nil {
				return nil, err
			}
			all = append(all, member{name.(string), value})
		}
		_, err = decoder.Token()
		return all, err
	case json.Delim('['):
		all := list{}
		for decoder.More() {
			value, err := parseNext(decoder)
			if err != nil {
				return nil, err
			}
			all = append(all, value)
		}
		_, err = decoder.Token()
		return all, err
	}
	return token, nil
}

func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (o object) without(name string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return m.name == name })
}

// normal writes JSON without annotations, and without what Prebid Server makes up anew in each auction.
// What isn't JSON stays as it is.
func normal(text []byte) string {
	value, err := parse(text)
	if err != nil {
		return string(text)
	}
	return fmt.Sprint(normalised("", value))
}

// normalised is the value of a member of this name, or of a list in it.
func normalised(name string, value any) any {
	switch value := value.(type) {
	case object:
		return normalObject(name, value)
	case list:
		all := make(list, len(value))
		for i := range value {
			all[i] = normalised(name, value[i])
		}
		if unordered[name] {
			slices.SortFunc(all, compare)
		}
		return all
	case string:
		if name == "tid" && uuid.MatchString(value) { // made up where the request has none
			return "made up"
		}
		if within, err := parse([]byte(value)); err == nil && strings.HasPrefix(value, "{") { // as in ext.debug.httpcalls
			return normalised("", within)
		}
		return eventTime.ReplaceAllString(value, "")
	}
	return value
}

// unordered lists are in the order in which bidders have answered, or of a map.
var unordered = map[string]bool{"seatbid": true, "bid": true, "general": true, "prebid": true, "seatnonbid": true}

func compare[T any](a, b T) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

// eventTime is the time in the address of an event.
var eventTime = regexp.MustCompile(`&ts=[0-9]+`)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func normalObject(name string, value object) any {
	all := make(object, 0, len(value))
	for _, m := range value {
		m.value = normalised(m.name, m.value)
		if !madeUp(name, m) {
			all = append(all, m)
		}
	}
	switch name {
	case "uids":
		return withoutAnnotation(all)
	case "httpcalls": // of each bidder, in the order of its answers
		for _, calls := range all {
			slices.SortFunc(calls.value.(list), compare)
		}
	case "ext":
		// A response's, into which Prebid Server merges what hooks say, and sorts it then.
		if len(all) > len(all.without("tmaxrequest").without("warnings").without("errors")) {
			slices.SortFunc(all, compare)
		}
	}
	return all
}

// madeUp reports whether Prebid Server makes up a member anew in each auction.
func madeUp(parent string, m member) bool {
	within, isObject := m.value.(object)
	switch m.name {
	case "responsetimemillis", "auctiontimestamp":
		return true
	case "modules": // the trace, which lists the hooks
		return parent == "prebid"
	case "prebid", "ext": // without what was in there
		return isObject && len(within) == 0
	}
	return false
}

// withoutAnnotation is a uid without the annotation, and without the ext that was made for it.
func withoutAnnotation(uid object) object {
	ext, ok := uid.get("ext").(object)
	if !ok || len(ext) == len(ext.without("uid2")) {
		return uid
	}
	ext = ext.without("uid2")
	for i, m := range uid {
		if m.name == "ext" {
			uid[i].value = ext
		}
	}
	if len(ext) == 0 {
		uid = uid.without("ext")
	}
	return uid
}
