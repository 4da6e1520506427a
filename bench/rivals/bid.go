package rivals

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/buger/jsonparser"
	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

var errNoUser = errors.New("rivals: no user")

// annotation is what a bidder writes beside a token that it may use.
func annotation(raw string) map[string]any {
	return map[string]any{"status": "Success", "raw": raw, "opted_out": false}
}

// Typed reads the request into openrtb2's types, annotates the tokens of user.eids, and writes it.
func Typed(keys Ciphers, request []byte, nowMs int64) ([]byte, error) {
	var r openrtb2.BidRequest
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	if r.User == nil {
		return nil, errNoUser
	}
	for i := range r.User.EIDs {
		if r.User.EIDs[i].Source != "uidapi.com" {
			continue
		}
		for j := range r.User.EIDs[i].UIDs {
			uid := &r.User.EIDs[i].UIDs[j]
			result, ok := Decrypt(keys, uid.ID, nowMs)
			if !ok {
				continue
			}
			ext := make(map[string]any)
			if len(uid.Ext) > 0 {
				if err := json.Unmarshal(uid.Ext, &ext); err != nil {
					return nil, err
				}
			}
			ext["uid2"] = annotation(result.RawUID)
			var err error
			if uid.Ext, err = json.Marshal(ext); err != nil {
				return nil, err
			}
		}
	}
	return json.Marshal(&r)
}

// JSONParser finds the tokens with jsonparser, and writes each annotation with its Set.
func JSONParser(keys Ciphers, request []byte, nowMs int64) ([]byte, error) {
	out, eid := request, -1
	var failed error
	_, err := jsonparser.ArrayEach(request, func(value []byte, _ jsonparser.ValueType, _ int, _ error) {
		eid++
		if source, _ := jsonparser.GetString(value, "source"); source != "uidapi.com" {
			return
		}
		uid := -1
		_, err := jsonparser.ArrayEach(value, func(value []byte, _ jsonparser.ValueType, _ int, _ error) {
			uid++
			token, _ := jsonparser.GetString(value, "id")
			result, ok := Decrypt(keys, token, nowMs)
			if !ok {
				return
			}
			text, err := json.Marshal(annotation(result.RawUID))
			if err == nil {
				out, err = jsonparser.Set(out, text, "user", "eids", index(eid), "uids", index(uid), "ext", "uid2")
			}
			failed = errors.Join(failed, err)
		}, "uids")
		failed = errors.Join(failed, err)
	}, "user", "eids")
	return out, errors.Join(failed, err)
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

// GJSON finds the tokens with gjson, and writes each annotation with sjson.
func GJSON(keys Ciphers, request []byte, nowMs int64) (out []byte, err error) {
	out = request
	if !gjson.ValidBytes(request) {
		return nil, errors.New("rivals: no JSON")
	}
	for i, eid := range gjson.GetBytes(request, "user.eids").Array() {
		if eid.Get("source").String() != "uidapi.com" {
			continue
		}
		for j, uid := range eid.Get("uids").Array() {
			result, ok := Decrypt(keys, uid.Get("id").String(), nowMs)
			if !ok {
				continue
			}
			path := "user.eids." + strconv.Itoa(i) + ".uids." + strconv.Itoa(j) + ".ext.uid2"
			if out, err = sjson.SetBytes(out, path, annotation(result.RawUID)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
