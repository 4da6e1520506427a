package annotator

import (
	"reflect"
	"slices"
	"strings"
)

// Settings lists every setting that the code reads, such as opt_outs.nats.urls; of an entry of a list, bidders.name.
func Settings() []string {
	names := settingsIn(reflect.TypeFor[configFile](), "")
	slices.Sort(names)
	return names
}

func settingsIn(section reflect.Type, prefix string) (names []string) {
	for i := range section.NumField() {
		field := section.Field(i)
		name := prefix + strings.Split(field.Tag.Get("json"), ",")[0]
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[scalar]() {
			names = append(names, settingsIn(inner, name+".")...)
		} else {
			names = append(names, name)
		}
	}
	return names
}
