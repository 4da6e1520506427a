package uid2test

type mappedV2 struct {
	Identifier string `json:"identifier"`
	UID        string `json:"advertising_id"`
	Bucket     string `json:"bucket_id"`
}

type unmappedV2 struct {
	Identifier string `json:"identifier"`
	Reason     string `json:"reason"`
}

// mapIdentitiesV2 takes one list that isn't empty, and answers with what is mapped and what isn't.
func (s *Server) mapIdentitiesV2(_ *participant, payload []byte) ([]byte, *refusal) {
	kinds, no := parseLists(payload)
	if no != nil {
		return nil, no
	}
	var body struct {
		Mapped   []mappedV2   `json:"mapped"`
		Unmapped []unmappedV2 `json:"unmapped,omitempty"`
	}
	body.Mapped = []mappedV2{}
	filled := 0
	for _, kind := range kinds {
		if len(kind.texts) > 0 {
			filled++
		}
		for _, text := range kind.texts {
			u, reason := s.mappable(kind.read, *text)
			if reason != "" {
				body.Unmapped = append(body.Unmapped, unmappedV2{*text, reason})
				continue
			}
			body.Mapped = append(body.Mapped, mappedV2{*text, s.rawUID(u, 0).Reveal(), s.bucket(u)})
		}
	}
	if filled > 1 {
		return nil, clientError("Only one of email, email_hash, phone, or phone_hash can be specified")
	}
	return success(body), nil
}
