package openrtb

import "github.com/uid2rtb/uid2rtb/internal/strictjson"

// endOfForeign returns the end of the eid that starts at at, if it is of another source, nothing in
// it can change, and it is written plainly; otherwise 0. Most eids of a request are such ones, and
// survey.eidMembers takes several times as long to find that out.
func endOfForeign(data []byte, at int) (end int) {
	if at == len(data) || data[at] != '{' {
		return 0
	}
	return eidKeys.Plain(data, at, foreignEIDValue)
}

func foreignEIDValue(data []byte, at, name int) (end int) {
	switch {
	case name == strictjson.Other:
		return foreignValue(data, at, name)
	case at == len(data):
		return 0
	case name == uidsKey && data[at] == '[':
		return strictjson.PlainArray(data, at, foreignUID)
	case name == sourceKey && data[at] == '"':
		end = strictjson.PlainValue(data, at)
		if end == 0 || SourceOf(data[at+1:end-1]) != SourceOther {
			return 0
		}
		return end
	}
	return 0
}

func foreignUID(data []byte, at int) (end int) {
	if at == len(data) || data[at] != '{' {
		return 0
	}
	return uidKeys.Plain(data, at, foreignValue)
}

// foreignValue reads any value that is the ext of a uid, or could be it.
func foreignValue(data []byte, at, _ int) (end int) {
	if at < len(data) && data[at] == '{' {
		return annotationKeys.Plain(data, at, foreignExtValue)
	}
	return strictjson.PlainValue(data, at)
}

// foreignExtValue reads a value in the ext of a uid, which is no forgery.
func foreignExtValue(data []byte, at, name int) (end int) {
	if name != strictjson.Other {
		return 0
	}
	return strictjson.PlainValue(data, at)
}
