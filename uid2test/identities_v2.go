package uid2test

import "net/http"

type mappedV2 struct {
	Identifier string `json:"identifier"`
	UID        string `json:"advertising_id"`
	Bucket     string `json:"bucket_id"`
}

type unmappedV2 struct {
	Identifier string `json:"identifier"`
	Reason     string `json:"reason"`
}

// mapIdentitiesV2 accepts one non-empty list, and returns what is mapped and what isn't.
func (s *Server) mapIdentitiesV2(p *participant, asked payload) ([]byte, *refusal) {
	read, list, no := asked.onlyList()
	if no != nil {
		return nil, no
	}
	if link, given := asked.text("link_id"); given && !p.mayUse(link) {
		return nil, &refusal{http.StatusUnauthorized, unauthorized.Status, "Invalid link_id"}
	}
	var body struct {
		Mapped   []mappedV2   `json:"mapped"`
		Unmapped []unmappedV2 `json:"unmapped,omitempty"`
	}
	body.Mapped = []mappedV2{}
	for _, element := range list {
		text := textOf(element)
		u, reason := s.mappable(read, text)
		if reason != "" {
			body.Unmapped = append(body.Unmapped, unmappedV2{text, reason})
			continue
		}
		body.Mapped = append(body.Mapped, mappedV2{text, s.rawUID(u, 0).Reveal(), s.bucket(u)})
	}
	return success(body), nil
}

// onlyList returns a request's only non-empty list, if there is one, and the function that reads
// its elements.
func (p payload) onlyList() (read func(string) (user, bool), list []any, no *refusal) {
	crash := unknownError("Unknown error while mapping identity v2")
	if p == nil {
		return nil, nil, crash
	}
	lists, filled := 0, 0
	for _, kind := range identityKinds {
		elements, isList := p[kind.name].([]any)
		if p[kind.name] != nil && !isList {
			return nil, nil, clientError(kind.name + " must be an array")
		}
		if isList {
			lists++
		}
		if len(elements) > 0 {
			filled++
			read, list = kind.read, elements
		}
	}
	if lists == 0 || filled > 1 {
		return nil, nil, exactlyOne
	}
	for _, element := range list {
		if element == nil {
			return nil, nil, crash
		}
	}
	return read, list, nil
}
