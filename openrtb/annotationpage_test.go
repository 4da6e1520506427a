//go:build go1.24

package openrtb_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pagetest"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// TestReferenceFields: the page has each field that is written into a request, in its order, with
// what the code says of it.
func TestReferenceFields(t *testing.T) {
	comments := pagetest.Comments(t, ".")
	var rows [][]string
	for i := range reflect.TypeFor[openrtb.Annotation]().NumField() {
		name, value := written(t, i)
		if name == "" {
			continue // it says of another one that it is known
		}
		field := reflect.TypeFor[openrtb.Annotation]().Field(i).Name
		rows = append(rows, []string{"`" + name + "`", value, comments["Annotation."+field]})
	}
	pagetest.Hold(t, "../docs/reference/annotation.md", "fields", pagetest.Table([]string{"field", "type", "meaning"}, rows))
}

// written returns the member that a field of an annotation becomes, and the type of its value.
func written(t *testing.T, field int) (name, kind string) {
	t.Helper()
	var a openrtb.Annotation
	switch v := reflect.ValueOf(&a).Elem().Field(field); v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8, reflect.Uint32:
		v.SetUint(1)
		a.HasSiteID = v.Kind() == reflect.Uint32
	case reflect.Bool:
		return "", ""
	default:
		t.Fatalf("a field of the kind %v", v.Kind())
	}
	var members map[string]any
	if err := json.Unmarshal(a.AppendJSON(nil), &members); err != nil {
		t.Fatal(err)
	}
	if len(members) > 1 {
		delete(members, "status") // which is always there
	}
	for _, name := range slices.Collect(maps.Keys(members)) {
		switch members[name].(type) {
		case string:
			return name, "text"
		case float64:
			return name, "number"
		case bool:
			return name, "`true`, `false`, `null`"
		}
	}
	t.Fatalf("field %d isn't written", field)
	return "", ""
}
