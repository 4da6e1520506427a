package uid2test

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// updatedLayout is a time without a zone, in UTC.
const updatedLayout = "2006-01-02T15:04:05.000"

type bucketEntry struct {
	ID          string `json:"bucket_id"`
	LastUpdated string `json:"last_updated"`
}

// identityBuckets lists the buckets that were rotated since a time. Here, all buckets are rotated
// together.
func (s *Server) identityBuckets(_ *participant, asked payload) ([]byte, *refusal) {
	if asked == nil {
		return nil, crash
	}
	text, ok := asked.text("since_timestamp")
	if !ok {
		return nil, clientError("missing parameter since_timestamp")
	}
	since, ok := localTime(text)
	if !ok {
		return nil, clientError("invalid date, must conform to ISO 8601")
	}
	entries := []bucketEntry{}
	if last := s.lastRotation().at; !last.Before(since) {
		for number := range buckets {
			entries = append(entries, bucketEntry{s.bucketID(number), last.UTC().Format(updatedLayout)})
		}
	}
	return success(entries), nil
}

// isoLocal is what Java accepts as ISO_LOCAL_DATE_TIME: years of four digits, or more with a sign,
// or negative; seconds and their fraction may be omitted.
var isoLocal = regexp.MustCompile(`(?i)^(\d{4}|[+]\d{5,9}|-\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(\.\d{0,9})?)?$`)

// localTime parses a time without a zone as UTC. (time.Parse accepts fewer forms, and a comma
// before the fraction.)
func localTime(text string) (at time.Time, ok bool) {
	parts := isoLocal.FindStringSubmatch(text)
	if parts == nil {
		return time.Time{}, false
	}
	var n [6]int
	for i := range n {
		n[i], _ = strconv.Atoi(parts[1+i]) // digits, or "" for missing seconds
	}
	fraction := strings.TrimPrefix(parts[7], ".")
	nanos, _ := strconv.Atoi((fraction + "000000000")[:9])
	at = time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], nanos, time.UTC)
	real := at.Year() == n[0] && at.Month() == time.Month(n[1]) && at.Day() == n[2] && at.Hour() == n[3] && at.Minute() == n[4]
	return at, real && n[5] < 60
}
